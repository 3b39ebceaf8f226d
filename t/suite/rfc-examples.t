#!/bin/sh
# The worked examples of the RFCs, through the tool.
exec /usr/bin/python3 "${0%/*}/run" "${0%/*}/rfc-examples/cases.jsonl"
