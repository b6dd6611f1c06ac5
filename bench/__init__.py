"""Side by side: this service against a raw ASGI + orjson floor, same bodies, same machine, one run."""
