"""What touches a wire or a file: codecs without I/O, and the processes around them."""
