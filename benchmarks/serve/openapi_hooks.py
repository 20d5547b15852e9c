"""Pictures for schemathesis, which would send any bytes."""

import pathlib

import schemathesis
from hypothesis import strategies as st

FOLDER = pathlib.Path(__file__).parents[2] / "models" / "demo-images"
PICTURES = [file.read_bytes() for file in sorted(FOLDER.glob("fluorescence-*.png"))]

for media_type in ("image/*", "application/octet-stream"):
    schemathesis.openapi.media_type(media_type, st.sampled_from(PICTURES))
