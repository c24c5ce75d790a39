"""An S3-compatible server of this process, with an empty bucket for each test."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

ACCESS_KEY_ID = "AKIATESTTESTTESTTEST"
SECRET = "a secret that is long enough for S3"
REGION = "us-east-1"


@contextmanager
def running_bucket_server() -> Iterator[str]:
    """The address of a server that speaks S3, until the block ends."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(endpoint: str) -> "boto3.client":
    """The reference client of S3."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def new_bucket(endpoint: str) -> str:
    """The name of a fresh bucket."""
    name = f"media-{uuid4().hex}"
    client(endpoint).create_bucket(Bucket=name)
    return name
