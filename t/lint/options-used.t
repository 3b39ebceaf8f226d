#!/usr/bin/python3
"""No option is carried for nothing: what the reader fills in is read by a part that acts."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

SRC = os.path.join(HERE, "..", "..", "src")

# Options that config/ itself turns into something else. What is made of each is the name on
# the right: it has to be used outside config/ in turn.
RESOLVED = {
    "internal": r"policy->internal\b", "external": r"policy->external\b",
    "peers": r"policy->peers\b", "relays": r"policy->relays\b", "mta": r"policy_has_mta\(",
    "exempt": r"policy_is_exempt\(", "dont_sign_to": r"policy_may_sign_to\(",
    "key_table": r"policy_rules\(", "signing_table": r"policy_signings\(",
    "domain": r"policy_signings\(", "selector": r"policy_signings\(",
    "key_file": r"policy_signings\(", "subdomains": r"policy_signings\(",
    "multiple_signatures": r"policy_signings\(", "algorithm": r"policy_signings\(",
    "require_safe_keys": r"policy_load\(", "canon": r"row->canon\b",
    "signature_ttl": r"row->expire\b", "sign_headers": r"policy->fields\.sign\b",
    "omit_headers": r"policy->fields\.sign\b", "oversign_headers": r"policy->fields\.oversign\b",
    "maximum_signatures": r"policy_dkim_params\(", "maximum_signed_names": r"policy_dkim_params\(",
    "maximum_key_record": r"policy_dkim_params\(", "minimum_key_bits": r"policy_dkim_params\(",
    "maximum_key_bits": r"policy_dkim_params\(", "clock_drift": r"policy_dkim_params\(",
    "macro_list": r"policy_has_mta\(", "base_directory": r"row->key_path\b",
    "appended": r"policy->appended\b",
    "remove_ar_from": r"policy->remove_ar_from\b", "on_default": r"\bon_no_signature\b",
    "strict_tables": r"policy_load_from\(",
}


def read(pattern):
    return "\n".join(open(name, encoding="utf-8").read()
                     for name in sorted(glob.glob(pattern, recursive=True)))


def main():
    out = tap.Tap()
    # The tool shows a configuration; only what judges, signs or serves counts as a use.
    acts = "\n".join(read(os.path.join(SRC, folder, "*.c")) for folder in ("engine", "milter"))
    acts_or_shows = acts + read(os.path.join(SRC, "tool", "**", "*.c"))
    config = re.sub(r"^static const struct option options\[\] = \{.*?^\};", "",
                    read(os.path.join(SRC, "config", "*.c")), flags=re.M | re.S)
    table = read(os.path.join(SRC, "config", "options.c"))
    rows = re.findall(r"^\t(?:OPT|DATASET|RANGE|WORD|ACTION)\(\"([A-Za-z-]+)\",\s*"
                      r"(?:OPT_\w+,\s*)?(\w+),", table, re.M)
    # The row of a data set says itself what is made of it.
    loaded = set(re.findall(r"^\tDATASET\(\"[A-Za-z-]+\", (\w+),", table, re.M))
    out.ok(len(rows) > 60 and len(loaded) > 5,
           f"the table is read: {len(rows)} options, {len(loaded)} of them load themselves")
    for name, field in rows:
        used = re.search(rf"\b(opt|options)(\.|->){field}\b", acts) or re.search(
            rf"offsetof\(struct options,\s*{field}\)", acts)
        if field in RESOLVED:
            reads = rf"\b(o|opt|options)(\.|->){field}\b"
            used = field in loaded or re.search(reads, config)
            used = used and re.search(RESOLVED[field], acts_or_shows)
        out.ok(used, f"{name} is read where something is done with it")
    out.equal(sorted(set(RESOLVED) - {field for _, field in rows}), [], "no list entry is idle")
    out.done()


main()
