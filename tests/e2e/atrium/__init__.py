# atrium - what the end-to-end tests are written with: real processes, real sockets, no sleep
# SPDX-License-Identifier: MIT
from .authority import Authority, dial_tls, serial_of, shaken
from .backend import SECRET, Backend
from .checker import Checker
from .client import Client, Closed, Message, dial
from .dialects import CommandClient, RawClient
from .http import request
from .raw import RawSocket
from .server import Server, server_fixture
from .tokens import Pair, mint
from .traffic import Traffic
from .watch import until, until_async
from .where import BUILD, PATIENCE, ROOT, patient

__all__ = ["Authority", "BUILD", "Backend", "Checker", "Client", "Closed", "CommandClient", "Message", "PATIENCE",
           "Pair", "ROOT", "RawClient", "RawSocket", "SECRET", "Server", "Traffic", "dial", "dial_tls", "mint",
           "patient", "request", "serial_of", "server_fixture", "shaken", "until", "until_async"]
