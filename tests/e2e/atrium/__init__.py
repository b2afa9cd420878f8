# atrium - what the end-to-end tests are written with: real processes, real sockets, no sleep
# SPDX-License-Identifier: MIT
from .checker import Checker
from .client import Client, Closed, Message, dial
from .dialects import CommandClient, RawClient
from .http import request
from .raw import RawSocket
from .server import Server, server_fixture
from .tokens import mint
from .traffic import Traffic
from .watch import until, until_async
from .where import BUILD, PATIENCE, ROOT, patient

__all__ = ["BUILD", "Checker", "Client", "Closed", "CommandClient", "Message", "PATIENCE", "ROOT",
           "RawClient", "RawSocket", "Server", "Traffic", "dial", "mint", "patient", "request",
           "server_fixture", "until", "until_async"]
