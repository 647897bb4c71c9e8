"""From the pictures of a folder to photos with their masks. Open `read_cases` first."""
