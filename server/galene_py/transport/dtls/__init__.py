"""DTLS-SRTP (RFC 5764): handshakes, keys, and the packets that they protect. No sockets."""
