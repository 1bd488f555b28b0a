"""`sbv2 check --against`: the files of a folder, compared with the lines of scripts.

`wanted` says which files the lines should have, `folder` what is there, `files` what is wrong with
one file, `renames` which files only bear another name, `run` puts it together.
"""
