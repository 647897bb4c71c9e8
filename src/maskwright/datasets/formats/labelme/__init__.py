"""LabelMe, the json of the desktop tool and the XML of the web tool. Open `labelme_json` first."""
