"""Why nothing was read, by the tool that wrote a file or by how masks were saved. Open `refusal` first."""
