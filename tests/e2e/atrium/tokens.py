# tokens.py - JSON Web Tokens, good and bad, made with the standard library (and openssl, for pairs)
# SPDX-License-Identifier: MIT
import base64
import hashlib
import hmac
import json
import subprocess
import tempfile
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
    if isinstance(key, Pair) and alg == key.alg:
        return f"{text}.{_part(key.sign(text.encode()))}"
    if alg not in HASHES:
        return f"{text}."
    return f"{text}.{_part(hmac.new(key, text.encode(), HASHES[alg]).digest())}"


class Pair:
    """A key pair; alg: RS256 or ES256."""
    OPTIONS = {"RS256": ("RSA", "rsa_keygen_bits:2048"), "ES256": ("EC", "ec_paramgen_curve:P-256")}

    def __init__(self, alg):
        kind, option = self.OPTIONS[alg]
        self.alg = alg
        self.private = self._run("genpkey", "-algorithm", kind, "-pkeyopt", option)
        self.public = self._run("pkey", "-pubout", given=self.private)

    @staticmethod
    def _run(*args, given=b"", **options):
        return subprocess.run(["openssl", *args], input=given, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, **options).stdout

    def sign(self, text):
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.private)
            file.flush()
            signature = self._run("dgst", "-sha256", "-sign", file.name, given=text)
        return signature if self.alg == "RS256" else self._raw(signature)

    @staticmethod
    def _raw(der):
        """r and s of 32 bytes each, out of DER."""
        numbers, at = b"", 2
        for _ in range(2):
            length = der[at + 1]
            numbers += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
            at += 2 + length
        return numbers

    def jwk(self, kid):
        """The public half in the form of RFC 7517."""
        def encoded(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        raw = self._run("pkey", "-pubin", "-outform", "DER", given=self.public)
        if self.alg == "ES256":
            return {"kid": kid, "kty": "EC", "crv": "P-256", "alg": self.alg,
                    "x": encoded(raw[-64:-32]), "y": encoded(raw[-32:])}
        return {"kid": kid, "kty": "RSA", "alg": self.alg, "e": "AQAB", "use": "sig",
                "n": encoded(raw[-261:-5])}


def read(token):
    """Header and claims, unverified."""
    def part(text):
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    head, body, _ = token.split(".")
    return part(head), part(body)
