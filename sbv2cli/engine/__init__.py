"""One voice on one device: utterances in, sounds or failures out."""

BACKENDS = {
    "torch": "sbv2cli.engine.torch_backend:BACKEND",
    "onnx": "sbv2cli.engine.onnx_backend:BACKEND",
}
