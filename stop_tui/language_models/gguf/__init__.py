"""A language model in a GGUF file on this machine: `--model gguf:PATH`.

An optional extra brings llama.cpp. Its server runs in a process of our own, on loopback, and is
asked like any other endpoint.
"""
