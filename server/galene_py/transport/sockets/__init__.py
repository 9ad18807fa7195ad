"""The only sockets of media: batches in and out, over UDP and TCP (RFC 4571)."""
