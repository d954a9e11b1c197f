"""A small AWS Price List behind a real socket: its products by their attributes, two on a page."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = 2
TARGET = "AWSPriceListService.GetProducts"


def product(usage: str, usd: str, unit: str = "Hrs", **attributes: str) -> dict[str, Any]:
    """One product as AWS describes it, with one on-demand price."""
    step = {"unit": unit, "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": usd}}
    terms = {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": step}}}}
    return {"product": {"attributes": {"usagetype": usage, **attributes}}, "terms": terms}


def instance(name: str, usd: str, region: str = "eu-west-1", **more: str) -> dict[str, Any]:
    """An hour of an instance with Linux, on demand."""
    attributes = {
        "regionCode": region,
        "servicecode": "AmazonEC2",
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "operation": "RunInstances",
    }
    return product(f"EU-BoxUsage:{name}", usd, **attributes | more)


@dataclass
class Listed:
    """What stands in the list, what was asked of it, and the error it answers with, if any."""

    products: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    refuses: tuple[int, str] | None = None
    spoil: Callable[[list[str]], list[str]] = list
    url: str = ""

    def answer(self, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What AWS says to a request."""
        self.asked.append(body)
        if self.refuses or target != TARGET:
            status, code = self.refuses or (400, "UnknownOperationException")
            return status, {"__type": code, "message": "You may not"}
        wanted = {f["Field"]: f["Value"] for f in body["Filters"] if f["Type"] == "TERM_MATCH"}
        wanted["servicecode"] = body["ServiceCode"]
        fitting = [
            json.dumps(one)
            for one in self.products
            if wanted.items() <= one["product"]["attributes"].items()
        ]
        start = int(body.get("NextToken", "0"))
        page: dict[str, Any] = {"FormatVersion": "aws_v1"}
        page["PriceList"] = self.spoil(fitting[start : start + PAGE])
        if start + PAGE < len(fitting):
            page["NextToken"] = str(start + PAGE)
        return 200, page


@contextmanager
def listing(*products: dict[str, Any]) -> Iterator[Listed]:
    """A list of these products, for as long as it is needed."""
    listed = Listed(list(products))

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Each request is one question."""
            length = int(self.headers["Content-Length"])
            asked = json.loads(self.rfile.read(length))
            status, said = listed.answer(self.headers["X-Amz-Target"], asked)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    listed.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield listed
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
