"""Voices and BERT models into the formats of other programs.

A row of `FORMATS` names `convert(bundle: Bundle, out: Path, options: Options) -> Report`, a row of
`BERT_FORMATS` the same with the folder of a BERT in place of the bundle (`export/options.py` has
the records). A converter checks what it made against the network before anything has its final
name, writes nothing at all where that fails, and refuses to replace what it finds at `out` unless
`options.force` says so.
"""

FORMATS = {
    "onnx": "sbv2cli.export.onnx_voice:convert",
    "aivm": "sbv2cli.export.aivm:to_aivm",
    "aivmx": "sbv2cli.export.aivm:to_aivmx",
    "sbv2": "sbv2cli.export.sbv2_container:convert",
    "folder": "sbv2cli.export.folder:convert",
    "vocoder": "sbv2cli.export.vocoder_folder:convert",
}

BERT_FORMATS = {
    "onnx": "sbv2cli.export.onnx_bert:convert",
}
