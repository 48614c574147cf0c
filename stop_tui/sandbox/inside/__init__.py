"""What runs inside a sandbox: the zygote, its children, and the wire they speak.

Nothing here imports anything of this project outside this folder: the sandboxed interpreter can
read this folder, numpy, msgspec and the standard library, and nothing else.
"""
