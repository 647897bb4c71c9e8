"""Models as files of ONNX, OpenVINO and web pages: start with `exported_files.py`; `full_graph.py` builds the file."""
