"""Whether the money that goes into funds leads their returns or follows them."""
