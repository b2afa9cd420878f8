# tokens.py - JSON Web Tokens, good and bad, made with nothing but the standard library
# SPDX-License-Identifier: MIT
import base64
import hashlib
import hmac
import json
import time

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def _part(data):
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mint(key, user="demo", *, name="Demo", ttl=3600, alg="HS256", kid=None, claims=None, header=None):
    """claims: added, or taken away where the value is None."""
    head = {"alg": alg, "typ": "JWT", **({"kid": kid} if kid else {}), **(header or {})}
    now = int(time.time())
    body = {"sub": user, "name": name, "iat": now, "exp": now + ttl, **(claims or {})}
    body = {claim: value for claim, value in body.items() if value is not None}
    text = f"{_part(head)}.{_part(body)}"
    if alg not in HASHES:
        return f"{text}."
    return f"{text}.{_part(hmac.new(key, text.encode(), HASHES[alg]).digest())}"


def read(token):
    """Header and claims, unverified."""
    def part(text):
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    head, body, _ = token.split(".")
    return part(head), part(body)
