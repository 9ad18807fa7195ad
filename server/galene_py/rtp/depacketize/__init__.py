"""From packets back to what the encoder put out: pictures, and lengths of sound.

`pictures.PictureBuilder` takes the packets of one video stream in order; a module per codec knows how the
payloads of one picture become the bytes that containers hold (RFC 7741, RFC 9628, RFC 6184, and the RTP
Payload Format For AV1). `audio` knows how long an audio packet sounds. Pure; no clock, no container. What a
stream's packets mean together is kept by the builder alone. Everything raises RtpError and nothing else.
"""
