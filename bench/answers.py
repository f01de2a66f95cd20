"""A server that answers the notifier's requests with the same few documents, at once."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

_VERSION: Final = {
    "ModelApprovalStatus": "Approved",
    "ModelPackageStatus": "Completed",
    "CreationTime": 1_700_000_000,
    "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://data/e.json"}}},
}
_EVALUATION: Final = {"regression_metrics": {"mse": {"value": 4.8}, "rmse": {"value": 2.19}, "mae": {"value": 1.55}}}
_PUBLISHED: Final = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    "<MessageId>4a9d2f3e</MessageId></PublishResult></PublishResponse>"
)
# By the target that services with JSON name in a header; SNS and S3 name none.
_ANSWERS: Final = {
    "SageMaker.DescribeModelPackage": json.dumps(_VERSION),
    "SageMaker.ListModelPackages": json.dumps({"ModelPackageSummaryList": []}),
    "DynamoDB_20120810.PutItem": "{}",
    "DynamoDB_20120810.UpdateItem": "{}",
}


@contextmanager
def serving() -> Generator[str]:
    """Serve while the block runs; yield the endpoint's URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    # Connections stay open, as AWS's do.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer for S3's GetObject."""
        self._respond(json.dumps(_EVALUATION))

    def do_PUT(self) -> None:
        """Answer for S3's PutObject."""
        self._respond("")

    def do_POST(self) -> None:
        """Answer for everything else."""
        self._respond(_ANSWERS.get(self.headers.get("X-Amz-Target", ""), _PUBLISHED))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Log nothing."""

    def _respond(self, text: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
