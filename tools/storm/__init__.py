"""Campaigns against `sbv2`: kills, full disks, damaged and hostile files, odd descriptors.

    python -m tools.storm kills fuzz --count 1000 --seed 1 --json storm.json

A try is made from the campaign, the seed and its number alone, so each can be made again. What a
failure is: a Python traceback or `error[bug]`, a line that is lost, torn or there twice, a file of
somebody else that was touched, a process that does not end, memory beyond a bound, an exit status
that is none of the documented ones for what was done.
"""
