"""The HTTP protocols of other tools: the Open Inference Protocol and Label Studio's ML backend."""
