#include <algorithm>
#include <cstdio>

#include "broker/merkle/proof.h"
#include "broker/wire/release_codec.h"
#include "ops/cli/bundle_texts.h"

namespace rujukan::cli {
namespace {

using audit::CaseEvidence;
using audit::CaseStep;
using audit::ProvedEntry;

constexpr const char* kBegin = R"(w=$(mktemp -d)
same() { if [ "$1" = "$2" ]; then echo "$3: holds"; else echo "$3: DOES NOT HOLD"; return 1; fi; }
sha256sum --quiet -c manifest.sha256
)";
constexpr const char* kSameRoot =
    "same \"$(base64 < \"$w/hash\")\" \"$(sed -n 3p checkpoint)\" 'the root'\n";
// The X.509 form of an Ed25519 key is these 12 bytes and the key. Source: RFC 8410 §4.
constexpr const char* kKeyPrefix = R"(printf '\060\052\060\005\006\003\053\145\160\003\041\000')";

std::string number(std::uint64_t value) { return std::to_string(value); }

// printf with `value` as u32be.
std::string length_bytes(std::size_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "\\%03o\\%03o\\%03o\\%03o", unsigned(value >> 24U & 0xFFU),
                unsigned(value >> 16U & 0xFFU), unsigned(value >> 8U & 0xFFU),
                unsigned(value & 0xFFU));
  return text;
}

// A command that writes `length` bytes of a file from `offset`, counted from 0.
std::string cut(const std::string& file, std::size_t offset, std::size_t length) {
  return "tail -c +" + number(offset + 1) + " " + file + " | head -c " + number(length);
}
// Compares what a command writes, in base64, with bytes that are known.
std::string same(const std::string& command, ByteView expected, const char* what) {
  return "same \"$(" + command + " | base64)\" '" + to_base64(expected) + "' '" + what + "'\n";
}
// Where `part` stands in `whole`. Requires: it does.
std::size_t offset_of(ByteView whole, ByteView part) {
  const auto at = std::search(whole.begin(), whole.end(), part.begin(), part.end());
  INVARIANT(at != whole.end());
  return static_cast<std::size_t>(at - whole.begin());
}

std::string section(const std::string& title, const std::string& text,
                    const std::string& commands) {
  return "## " + title + "\n" + text + "\n\n```sh\n" + commands + "```\n\n";
}

// Writes $w/hash: the leaf's hash, then up the path. Source: RFC 9162 §2.1.3.2.
std::string climb(const std::string& leaf, std::uint64_t index, std::uint64_t size,
                  const std::vector<Digest>& path) {
  std::string out =
      "{ printf '\\000'; " + leaf + "; } | openssl dgst -sha256 -binary > \"$w/hash\"\n";
  std::uint64_t place = index;
  std::uint64_t last = size - 1;
  for (const Digest& sibling : path) {
    const std::string other = "echo '" + to_base64(sibling) + "' | base64 -d";
    const bool from_left = (place & 1U) != 0 || place == last;
    const std::string both = from_left ? other + "; cat \"$w/hash\"" : "cat \"$w/hash\"; " + other;
    out += "{ printf '\\001'; " + both + "; } | openssl dgst -sha256 -binary > \"$w/next\"\n" +
           "mv \"$w/next\" \"$w/hash\"\n";
    while (from_left && (place & 1U) == 0 && place != 0) {
      place >>= 1U;
      last >>= 1U;
    }
    place >>= 1U;
    last >>= 1U;
  }
  return out;
}

// Makes $w/NAME.pem of a key whose base64 ends in the 32 bytes.
std::string key_file(const std::string& name, const std::string& base64) {
  return "{ " + std::string(kKeyPrefix) + "; echo '" + base64 +
         "' | base64 -d | tail -c 32; } |\n  openssl pkey -pubin -inform DER -out \"$w/" + name +
         ".pem\"\n";
}
std::string check_signature(const std::string& key, const std::string& text) {
  return "openssl pkeyutl -verify -pubin -inkey \"$w/" + key + ".pem\" -rawin -in \"$w/" + text +
         "\" -sigfile \"$w/sig\"\n";
}

std::string after_second_plus(const std::string& vkey) {
  return vkey.substr(vkey.find('+', vkey.find('+') + 1) + 1);
}

// The number, from 1, of the note's line that begins with the name and the key id.
std::size_t line_of(const std::string& note, const std::string& name, std::uint32_t id) {
  Bytes id_bytes;
  append_u32be(id_bytes, id);
  std::size_t number_of_line = 0;
  std::size_t from = 0;
  while (from < note.size()) {
    ++number_of_line;
    const std::size_t to = note.find('\n', from);
    const std::string line = note.substr(from, to - from);
    from = to + 1;
    const std::string start = "\u2014 " + name + " ";
    if (!line.starts_with(start)) continue;
    const auto blob = from_base64(line.substr(start.size()));
    if (blob && blob->size() > 4 && std::equal(id_bytes.begin(), id_bytes.end(), blob->begin())) {
      return number_of_line;
    }
  }
  return 0;
}
std::string signature_from_line(std::size_t line) {
  return "sed -n " + number(line) +
         "p checkpoint | cut -d' ' -f3 | base64 -d | tail -c 64 > \"$w/sig\"\n";
}

std::string check_checkpoint(const CaseEvidence& evidence, const merkle::Policy& policy) {
  const std::string& origin = evidence.trusted.checkpoint.origin;
  const merkle::Policy::Log* log = policy.log(origin);
  INVARIANT(log != nullptr);
  std::string commands = "head -n 3 checkpoint > \"$w/text\"\n";
  commands += key_file("log", after_second_plus(log->key.to_vkey()));
  commands += signature_from_line(line_of(evidence.checkpoint, origin, log->key.id()));
  commands += check_signature("log", "text");
  std::string out = section(
      "3 The checkpoint's signature",
      "The log's key is in `policy.txt`, as `log " + log->key.to_vkey() +
          "`: compare it with the key that you know to be the log's. The first three lines of "
          "`checkpoint` are signed.",
      commands);
  for (const merkle::Trusted::Cosigned& cosigned : evidence.trusted.cosigned) {
    const auto witness =
        std::find_if(policy.witnesses.begin(), policy.witnesses.end(),
                     [&](const merkle::Policy::Witness& w) { return w.name == cosigned.witness; });
    INVARIANT(witness != policy.witnesses.end());
    const merkle::CosignerKey& key = witness->key;
    commands = "{ printf 'cosignature/v1\\ntime " + number(cosigned.time_s) +
               "\\n'; head -n 3 checkpoint; } > \"$w/text\"\n";
    commands += key_file("witness", after_second_plus(key.to_vkey()));
    commands += signature_from_line(line_of(evidence.checkpoint, key.name, key.id()));
    commands += check_signature("witness", "text");
    out += section("Witness " + witness->name,
                   "Its key, in `policy.txt`, is `" + key.to_vkey() +
                       "`. The time is in seconds since 1970, UTC.",
                   commands);
  }
  return out;
}

std::string check_sender(const CaseEvidence& evidence, const CaseStep& step,
                         const MessageCause& cause, const UnitKey& key) {
  const std::string file = audit::entry_stem(step.position) + ".entry";
  const SenderProof& proof = cause.proof;
  const std::string& origin = evidence.trusted.checkpoint.origin;
  const std::string message = cut(file, offset_of(step.bytes, cause.message), cause.message.size());
  const auto part = [](const std::string& text) {
    return "printf '" + length_bytes(text.size()) + "'; printf '%s' '" + text + "'; ";
  };
  std::string commands = climb(message, proof.index, proof.count, proof.path);
  commands += "{ " + part("rujukan/submission/v1") + part(origin) + "\n  " +
              part(proof.unit.str()) + "printf '" + length_bytes(4) + length_bytes(proof.count) +
              "'; printf '" + length_bytes(32) + "'; cat \"$w/hash\"; } > \"$w/text\"\n";
  commands += cut(file, offset_of(step.bytes, proof.signature), 64) + " > \"$w/sig\"\n";
  commands += key_file("sender", to_base64(key.key));
  commands += check_signature("sender", "text");
  return section("4 The sender's signature",
                 "Unit `" + proof.unit.str() + "` signed with its key `" + proof.key_id +
                     "`, which stands in the release that section 5 checks.",
                 commands);
}

std::string check_release(const audit::ProvedRelease& release, const UnitKey* key,
                          std::uint64_t size) {
  const auto parts = wire::decode_signed_release(release.signed_release);
  INVARIANT(parts);
  const std::string stem = audit::release_stem(release.version);
  std::string commands =
      "body() { " +
      cut(stem + ".rjr", offset_of(release.signed_release, parts->body), parts->body.size()) +
      "; }\n";
  commands += "body | sha256sum\n";
  commands += same("body | openssl dgst -sha256 -binary", release.digest, "the digest");
  commands += same(cut(stem + ".entry", offset_of(release.entry.bytes, release.digest), 32),
                   release.digest, "the digest in the entry");
  if (key != nullptr) {
    const std::string at = number(offset_of(parts->body, key->key) + 1);
    commands += same("body | tail -c +" + at + " | head -c 32", key->key, "the key");
  }
  commands += climb("cat " + stem + ".entry", release.entry.position, size, release.entry.path);
  commands += kSameRoot;
  const Bytes text = wire::release_signing_bytes(release.digest);
  for (const auto& signature : parts->signatures) {
    // Others than the administrators' count for nothing.
    if (!ed25519_verify(signature.key, text, signature.signature)) continue;
    commands += "{ printf '" + length_bytes(18) + "rujukan/release/v1" + length_bytes(32) +
                "'; body | openssl dgst -sha256 -binary; } > \"$w/text\"\n";
    commands += "echo '" + to_base64(signature.signature) + "' | base64 -d > \"$w/sig\"\n";
    commands += key_file("administrator", to_base64(signature.key));
    commands += check_signature("administrator", "text");
  }
  return section(
      "5 The release",
      "Release " + number(to_number(release.version)) +
          ": its digest is in the entry that put it in force, that entry is in the tree, "
          "the sender's key is in it, and administrators signed it.",
      commands);
}

std::string commitment_of(const audit::OpenedPayload& opened) {
  const std::string tag = "rujukan/commitment/v1";
  return "{ printf '" + length_bytes(tag.size()) + tag + length_bytes(32) + "'; echo '" +
         to_base64(opened.salt) + "' | base64 -d; printf '" + length_bytes(opened.text.size()) +
         "'; cat " + audit::opened_stem(opened.position) +
         ".txt; } |\n  openssl dgst -sha256 -binary";
}

std::string check_opened(const CaseEvidence& evidence) {
  std::string commands;
  for (const audit::OpenedPayload& opened : evidence.opened) {
    const auto step =
        std::find_if(evidence.file.steps.begin(), evidence.file.steps.end(),
                     [&](const CaseStep& s) { return s.position == opened.position; });
    INVARIANT(step != evidence.file.steps.end() && step->message && step->message->payload);
    const Digest& commitment = step->message->payload->commitment;
    commands += same(commitment_of(opened), commitment, "the commitment");
    commands += same(
        cut(audit::entry_stem(opened.position) + ".entry", offset_of(step->bytes, commitment), 32),
        commitment, "the commitment in the entry");
  }
  if (commands.empty()) return "";
  return section(
      "6 Opened payloads",
      "The sender committed to each text with a salt: SHA-256 of the lengths and bytes of "
      "the tag, the salt (in hex in the `.salt` file) and the text is the commitment in "
      "the signed message.",
      commands);
}

const UnitKey* find_key(const Release& release, const SenderProof& proof) {
  for (const UnitKey& key : release.keys) {
    if (key.unit == proof.unit && key.key_id == proof.key_id && key.purpose == KeyPurpose::kSign) {
      return &key;
    }
  }
  return nullptr;
}

}  // namespace

std::string by_hand(const CaseEvidence& evidence) {
  const auto policy = merkle::parse_policy(evidence.policy);
  INVARIANT(policy);
  const CaseStep& step = evidence.file.steps.front();
  const ProvedEntry& proved = evidence.entries.front();
  const std::uint64_t size = evidence.trusted.checkpoint.size;
  const std::string file = audit::entry_stem(step.position) + ".entry";
  std::string out =
      "# Checking this bundle by hand\n\nWith a POSIX shell, `openssl` 3.0 and coreutils, in the "
      "unpacked bundle's folder. Type them one after the other into one shell, or put "
      "them into a file and run it with `sh -e`. The commands are for entry " +
      number(step.position) +
      ", the first of the case; every `.tlog-proof` file has the numbers for its own entry. "
      "`rujukan bundle verify` does the same for all of them.\n\n" +
      section("1 The files", "That nothing was damaged on the way.", kBegin);
  const std::string leaf = "cat " + file;
  out += section("2 The entry is in the log",
                 "The hash of the entry's leaf is SHA-256 of a zero byte and the entry; each node "
                 "above is SHA-256 of a one byte and both hashes below it. At the top is the root, "
                 "the third line of `checkpoint`.",
                 "{ printf '\\000'; cat " + file + "; } | sha256sum\n" +
                     climb(leaf, step.position, size, proved.path) + kSameRoot);
  out += check_checkpoint(evidence, *policy);
  const audit::ProvedRelease& release = release_at(evidence, step.position);
  const auto parts = wire::decode_signed_release(release.signed_release);
  const auto body = parts ? wire::decode_release(parts->body) : parts.error();
  INVARIANT(body);
  const auto* cause = std::get_if<MessageCause>(&step.entry.cause);
  const UnitKey* key = cause != nullptr ? find_key(*body, cause->proof) : nullptr;
  if (key != nullptr) out += check_sender(evidence, step, *cause, *key);
  out += check_release(release, key, size);
  return out + check_opened(evidence);
}

}  // namespace rujukan::cli
