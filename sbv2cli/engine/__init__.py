"""One voice on one device: utterances in, sounds or failures out."""

BACKENDS = {
    "torch": "sbv2cli.engine.torch.backend:BACKEND",
    "onnx": "sbv2cli.engine.onnx.backend:BACKEND",
}
