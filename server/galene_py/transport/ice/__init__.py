"""ICE-lite (RFC 8445 §2.5): STUN messages, the agent that answers checks, our candidates."""
