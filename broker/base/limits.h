// Every limit of the system, in one place, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rujukan::limits {

// An entry is message + proof of sender + outcome and must stay under the C2SP bundle's 65,535.
inline constexpr std::size_t kMessageBytes = 48 * 1024;
// Of an Indonesian identity number (NIK): an area, a birth date, a serial. Codes have fewer in a
// row.
inline constexpr std::size_t kIdentityDigits = 16;
// C2SP tlog-tiles: an entry bundle prefixes each entry with a 16-bit length.
inline constexpr std::size_t kEntryBytes = 65'535;
// A narrative with some attachments of text; evidence travels as digests, so this is plenty.
inline constexpr std::size_t kPayloadBytes = 1024 * 1024;
// One submission is one unit of memory in every bounded queue.
inline constexpr std::size_t kSubmissionBytes = 4 * 1024 * 1024;
// A group commit takes as many; the Merkle path of a message is then at most 8 hashes.
inline constexpr std::size_t kSubmissionMessages = 256;
// Type and header frames are small; 256 results of an outcome with their proofs fit.
inline constexpr std::size_t kHeaderBytes = 1024 * 1024;
// The national release is about 0.6 MB; ten thousand rules still fit.
inline constexpr std::size_t kReleaseBytes = 8 * 1024 * 1024;
// The routing table lays out who covers what for each span of time in which the directory stays as
// it is: the national one takes 35 KB per span. A directory that would take more is searched.
inline constexpr std::size_t kCoverageBytes = 16 * 1024 * 1024;
// Largest message a station must accept: a sealed release.
inline constexpr std::int64_t kStationFrameBytes = static_cast<std::int64_t>(kReleaseBytes) + 4096;
// type + header + a message and a payload frame for each message.
inline constexpr std::size_t kFrames = 2 + 2 * kSubmissionMessages;
// Largest message that the broker takes: header, messages and payloads, and a length for each.
inline constexpr std::size_t kBrokerMessageBytes = kHeaderBytes + kSubmissionBytes + 4 * kFrames;
// Up to this a message that is over is read, so that it can be answered; libzmq ends the connection
// of a larger one, which no station sends.
inline constexpr std::size_t kBrokerReadBytes = 2 * kBrokerMessageBytes;

// FlatBuffers verification: the schemas nest at most 5 deep and a message has at most 40 tables;
// a valid buffer at the library's defaults takes seconds to verify.
inline constexpr std::uint32_t kFlatBufferDepth = 8;
inline constexpr std::uint32_t kFlatBufferTables = 64;
// An outcome has a table per message; only stations read outcomes.
inline constexpr std::uint32_t kOutcomeTables = kSubmissionMessages + 16;
// A release holds a table per area, unit and key; it is verified only after its signatures.
inline constexpr std::uint32_t kReleaseTables = 100'000;

// An opening names every unit of every chain: 10 needs with at most 4 units each, and room.
inline constexpr std::size_t kRecipients = 64;
// Cases with more places are handled by the national unit anyway.
inline constexpr std::size_t kAreasPerList = 64;
inline constexpr std::size_t kLegalBases = 16;
// Units that a release may inform of one case: all of them stand in the case's opening entry. Three
// lists of areas at two levels of one function give 384.
inline constexpr std::size_t kInformed = 512;
// With the other tables of a message this stays under kFlatBufferTables.
inline constexpr std::size_t kEvidence = 32;
// Cases that a referral may name; each becomes an entry of its own.
inline constexpr std::size_t kRelated = 8;
// Cases that may name one case, so that its record stays small.
inline constexpr std::size_t kRelatedEver = 256;
// With assignments and their offers the stored record stays under kFlatBufferTables.
inline constexpr std::size_t kAssists = 16;
// A case's past and present parties: more than any directory's units of one case's functions.
inline constexpr std::size_t kPartiesEver = 4096;
// Who made a release, why, and by which letter: some sentences each.
inline constexpr std::size_t kProvenanceBytes = 1024;
// Unit ids, station names, codes: one line of a table.
inline constexpr std::size_t kIdBytes = 96;

// A commit takes what has queued, up to this: about 10 ms of work, shared by one sync of the disk.
inline constexpr std::size_t kGroupCommitMessages = 256;
// Submissions waiting for verification and commit; when full the broker stops reading its socket.
inline constexpr std::size_t kQueueSubmissions = 256;
// And their bytes, so that large payloads cannot fill the memory.
inline constexpr std::size_t kQueueBytes = 32 * 1024 * 1024;
// Frames waiting to be sent to stations.
inline constexpr std::size_t kOutboundMessages = 4096;
// Deliveries that one station may hold unacknowledged.
inline constexpr std::size_t kDeliveryWindow = 256;
// Of these, of one unit: one that acknowledges nothing leaves room for the others.
inline constexpr std::size_t kUnitWindow = 32;
// And of their bytes: nothing more is sent from here on. Large payloads would fill the backlog of a
// station that reads slowly.
inline constexpr std::size_t kDeliveryWindowBytes = 4 * 1024 * 1024;
// Submissions that a station may have on their way; so many wait unread at most when the broker is
// slow.
inline constexpr std::size_t kSubmissionsInFlight = 4;
// Case records kept decoded in memory; others are read from the store.
inline constexpr std::size_t kCaseCache = 8192;
// Stations connected at once; each costs a file descriptor and buffers in libzmq.
inline constexpr int kConnections = 4096;
// Received from one connection since a message of it was last taken: libzmq keeps what nobody read,
// and the frames of an unfinished message, without bound. What a station may have on its way, and
// what the kernel may hold.
inline constexpr std::size_t kConnectionUnreadBytes =
    kSubmissionsInFlight * kBrokerMessageBytes + 8 * 1024 * 1024;
// Before its first message, when it may have proven no key: a handshake takes less than a KiB, a
// hello with a hundred cosignatures 15, and the names of a thousand units 40.
inline constexpr std::size_t kUnprovenUnreadBytes = 64 * 1024;
// And of all that sent a message: a burst of the largest submissions from dozens of stations; what
// is over it is cut, the largest first.
inline constexpr std::size_t kUnreadBytes = 256 * 1024 * 1024;
// Handshakes in a minute that a station's key may leave without a message that counts. A station
// says hello at once; who guesses routing ids, or takes those of others, does not get that far.
inline constexpr std::size_t kIdleHandshakesOfAKey = 60;
// Of one station: a gateway has one, and another while the old one has not ended yet.
inline constexpr std::size_t kConnectionsOfAKey = 8;
// Of one address that have sent nothing yet, and so have proven no key: offices behind one address
// that reconnect at once, and no more.
inline constexpr std::size_t kUnprovenOfAnAddress = 256;
// From the connection to the first message: a handshake takes at most 3 s.
inline constexpr unsigned kHelloWithinS = 10;
// Waiting for one station whose socket is full; beyond it the connection is cut, and the station is
// told again after its next hello. Deliveries alone, and those sent again, stay below.
inline constexpr std::size_t kStationBacklogMessages = 2 * kDeliveryWindow;
inline constexpr std::size_t kStationBacklogBytes = 4 * kDeliveryWindowBytes;
// Replies and deliveries between the sequencer and the socket.
inline constexpr std::size_t kOutboundBytes = 64 * 1024 * 1024;
// A configuration file: the national units.csv is under 0.1 MB.
inline constexpr std::size_t kConfigFileBytes = 16 * 1024 * 1024;
// A record file in a gateway's outgoing folder: payload limit plus JSON escapes.
inline constexpr std::size_t kRecordFileBytes = 2 * 1024 * 1024;
// A delivery's file in a gateway's incoming folder: a payload of which JSON escapes every byte.
inline constexpr std::size_t kDeliveryFileBytes = 8 * 1024 * 1024;

// A signed note: three lines and a hundred cosignature lines, with room for long names.
inline constexpr std::size_t kNoteBytes = 64 * 1024;
// C2SP signed-note asks for at least 16; more than a hundred is no checkpoint of a log.
inline constexpr std::size_t kNoteSignatures = 100;
// A trust policy names logs and witnesses by the line.
inline constexpr std::size_t kPolicyBytes = 256 * 1024;
// A proof of any tree of at most 2^63 entries.
inline constexpr std::size_t kProofHashes = 63;
// A request to a witness: the old size, 63 hashes, the note.
inline constexpr std::size_t kWitnessRequestBytes = kNoteBytes + 8 * 1024;
// Largest answer that a reader of a log takes: an entry bundle of 256 largest entries.
inline constexpr std::size_t kBundleBytes = 256 * (kEntryBytes + 2);
// HTTP: header fields of a request.
inline constexpr std::size_t kHttpHeaderBytes = 16 * 1024;
// HTTP connections served at once; auditors are few. When they are used up, one that waits for a
// request makes room.
inline constexpr std::size_t kHttpConnections = 256;
// Of these, from one address (of IPv6, from one /64): a browser opens 6, a proxy some more. Whoever
// opens others closes the own ones that wait, and keeps nobody else out.
inline constexpr std::size_t kHttpConnectionsPerAddress = 32;
// Certificates that an authority has revoked: some 100,000.
inline constexpr std::size_t kRevocationListBytes = 4 * 1024 * 1024;
// An administrators' order names one case.
inline constexpr std::size_t kOrderBytes = 16 * 1024;
// An evidence bundle, packed and unpacked, so that a zip bomb ends early.
inline constexpr std::size_t kEvidenceFiles = 16 * 1024;
inline constexpr std::size_t kEvidenceFileBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kEvidenceBytes = 1024 * 1024 * 1024;

}  // namespace rujukan::limits
