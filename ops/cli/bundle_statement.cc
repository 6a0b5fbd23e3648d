#include <map>

#include "ops/cli/bundle_texts.h"
#include "ops/cli/case_words.h"

namespace rujukan::cli {
namespace {

using audit::CaseEvidence;
using audit::CaseStep;

// Seconds since 1970; later ones are not written as dates.
constexpr std::uint64_t kYear10000 = 253'402'300'800;

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string when(TimeUs time) { return local_time(time, kWib) + " (" + utc_time(time) + ")"; }

// "- POSITION  time  who" of each entry.
std::string entry_list(const CaseEvidence& evidence) {
  std::string out;
  for (const CaseStep& step : evidence.file.steps) {
    out += "- " + number(step.position) + ": " + when(step.entry.time) + ", " + who_of(step) +
           ", release " + number(to_number(step.entry.release)) + "\n";
  }
  return out;
}

std::string witness_list(const CaseEvidence& evidence) {
  std::string out;
  for (const merkle::Trusted::Cosigned& cosigned : evidence.trusted.cosigned) {
    const bool printable = cosigned.time_s < kYear10000;
    const std::string time = printable ? when(TimeUs(std::chrono::seconds(cosigned.time_s)))
                                       : number(cosigned.time_s) + " s";
    out += "- " + cosigned.witness + ": " + time + "\n";
  }
  return out;
}

std::string key_list(const CaseEvidence& evidence) {
  std::map<std::string, std::size_t> counts;
  for (const CaseStep& step : evidence.file.steps) {
    if (const auto* cause = std::get_if<MessageCause>(&step.entry.cause)) {
      ++counts[cause->proof.unit.str() + " (" + cause->proof.key_id + ")"];
    }
  }
  std::string out;
  for (const auto& [name, count] : counts) out += "- " + name + ": " + number(count) + "\n";
  return out;
}

// What both statements name.
struct Facts {
  std::string case_id;
  std::string origin;
  std::string size;
  std::string root;
  std::string entries;
  std::string releases;
  std::string version;
  std::string witnesses;  // a list; empty: none
  std::string opened;     // positions; empty: none
  bool carried;
};
Facts facts_of(const CaseEvidence& evidence) {
  const merkle::Checkpoint& checkpoint = evidence.trusted.checkpoint;
  Facts out{to_string(evidence.file.case_id),
            checkpoint.origin,
            number(checkpoint.size),
            to_base64(checkpoint.root),
            number(evidence.entries.size()),
            {},
            number(evidence.file.version()),
            witness_list(evidence),
            {},
            evidence.file.carried};
  for (const audit::ProvedRelease& release : evidence.releases) {
    out.releases += (out.releases.empty() ? "" : ", ") + number(to_number(release.version));
  }
  for (const audit::OpenedPayload& opened : evidence.opened) {
    out.opened += (out.opened.empty() ? "" : ", ") + number(opened.position);
  }
  return out;
}

}  // namespace

std::string statement_in_english(const CaseEvidence& evidence) {
  const Facts f = facts_of(evidence);
  std::string out = "# What this bundle proves, and what it does not\n\nCase `" + f.case_id +
                    "`, from the log `" + f.origin + "`, at its checkpoint of " + f.size +
                    " entries with the root `" + f.root + "`.\n\n## Proved\n\n";
  out += "1. The " + f.entries +
         " entries in `entries/` are in that log, byte for byte, at the "
         "positions that their names say. Nobody can have put them there, removed or changed them "
         "after the checkpoint was signed.\n";
  if (f.witnesses.empty()) {
    out +=
        "2. The log's key signed the checkpoint. **No witness has cosigned it**: when it was "
        "signed, and that all others are shown the same log, rests on the log's operator.\n";
  } else {
    out +=
        "2. The log's key signed the checkpoint, and these witnesses of `policy.txt` saw it, as "
        "the log's largest consistent one until then, by these times:\n\n" +
        f.witnesses + "\n   So the entries were there by then.\n";
  }
  out +=
      "3. Each message was signed by the key of the unit that it names, which was in force in "
      "the directory when the entry was logged. Messages by unit and key:\n\n" +
      key_list(evidence) + "\n";
  out +=
      "4. Each decision names the release (directory, routing table, deadlines) that was in "
      "force: releases " +
      f.releases +
      ". Each is here, is the one whose digest the log has, and is signed by the "
      "administrators of the release before it (the log's first by its own).\n";
  out += "5. By the entries' events the case had exactly one owner at every entry.\n";
  out +=
      "6. Every change counts the case's version up by one; the entries here have all versions up "
      "to " +
      f.version + (f.carried ? ", since it was carried into this log" : "") +
      ". So no change before the last entry here is left out.\n";
  if (!f.opened.empty()) {
    out += "7. The texts in `opened/` (entries " + f.opened +
           ") are what the senders committed to when they signed.\n";
  }
  out +=
      "\n## Not proved\n\n"
      "- That what a message or a sealed text says is true.\n"
      "- Which person acted: a key belongs to a unit.\n"
      "- The clock: times are the log's own and only advance.\n"
      "- That nothing happened outside the log.\n"
      "- That the case has no later entry, and no note or acknowledgement more: these do not "
      "count a version up. That, that the rest of the log is sound, and that each decision "
      "follows from its release, is shown by verifying the whole log at this or a later "
      "checkpoint: `rujukan log verify SOURCE --policy FILE`, `rujukan log replay SOURCE`.\n"
      "- Whom to trust: `policy.txt` was put here by who made the bundle. Compare the log's and "
      "the witnesses' keys with those that you have from elsewhere (`rujukan bundle verify FILE "
      "--policy FILE`), and the first release's administrators with the anchor that the log's "
      "members were given.\n";
  if (f.carried) {
    out +=
        "- What happened before the case was carried into this log: that is in the log of the "
        "year before.\n";
  }
  out += "\n## The entries\n\n" + entry_list(evidence) +
         "\n`case.html` shows them; `VERIFY.md` says how to check them by hand.\n";
  return out;
}

std::string statement_in_indonesian(const CaseEvidence& evidence) {
  const Facts f = facts_of(evidence);
  std::string out = "# Apa yang dibuktikan berkas ini, dan apa yang tidak\n\nKasus `" + f.case_id +
                    "`, dari log `" + f.origin + "`, pada checkpoint dengan " + f.size +
                    " entri dan akar (root) `" + f.root + "`.\n\n## Terbukti\n\n";
  out +=
      "1. Sebanyak " + f.entries +
      " entri di `entries/` ada di dalam log itu, sama persis hingga "
      "setiap byte, pada posisi yang tertulis pada namanya. Tidak seorang pun dapat menambahkan, "
      "menghapus, atau mengubahnya setelah checkpoint ditandatangani.\n";
  if (f.witnesses.empty()) {
    out +=
        "2. Kunci log menandatangani checkpoint itu. **Tidak ada saksi (witness) yang ikut "
        "menandatangani**: kapan checkpoint ditandatangani, dan apakah semua pihak melihat log "
        "yang sama, bergantung pada operator log.\n";
  } else {
    out +=
        "2. Kunci log menandatangani checkpoint itu, dan para saksi (witness) dalam `policy.txt` "
        "berikut telah melihatnya, sebagai checkpoint konsisten terbesar sampai saat itu, paling "
        "lambat pada:\n\n" +
        f.witnesses + "\n   Jadi pada saat itu entri-entri tersebut sudah ada.\n";
  }
  out +=
      "3. Setiap pesan ditandatangani dengan kunci unit yang disebut di dalamnya, dan kunci itu "
      "berlaku dalam direktori ketika entri dicatat. Jumlah pesan menurut unit dan kunci:\n\n" +
      key_list(evidence) + "\n";
  out +=
      "4. Setiap keputusan menyebut rilis (direktori, tabel perutean, tenggat) yang berlaku: "
      "rilis " +
      f.releases +
      ". Masing-masing disertakan di sini, sesuai dengan sidik (digest) yang ada di "
      "log, dan ditandatangani oleh administrator dari rilis sebelumnya (rilis pertama log oleh "
      "administratornya sendiri).\n";
  out +=
      "5. Menurut peristiwa dalam entri, kasus ini selalu mempunyai tepat satu pemilik pada "
      "setiap entri.\n";
  out +=
      "6. Setiap perubahan menaikkan versi kasus sebanyak satu; entri di sini memuat semua versi "
      "sampai " +
      f.version + (f.carried ? ", sejak kasus dipindahkan ke log ini" : "") +
      ". Jadi tidak ada perubahan sebelum entri terakhir yang dihilangkan.\n";
  if (!f.opened.empty()) {
    out += "7. Teks di `opened/` (entri " + f.opened +
           ") adalah teks yang diikat (commitment) oleh pengirim ketika menandatangani.\n";
  }
  out +=
      "\n## Tidak terbukti\n\n"
      "- Bahwa isi pesan atau teks tersegel itu benar.\n"
      "- Siapa orang yang bertindak: kunci adalah milik unit.\n"
      "- Ketepatan jam: waktu yang tertulis adalah waktu log, dan hanya bergerak maju.\n"
      "- Bahwa tidak ada sesuatu yang terjadi di luar log.\n"
      "- Bahwa tidak ada entri yang lebih baru, atau catatan dan tanda terima lain: keduanya tidak "
      "menaikkan versi. Hal itu, keutuhan bagian log yang lain, dan bahwa setiap keputusan sesuai "
      "dengan rilisnya, ditunjukkan dengan memeriksa seluruh log pada checkpoint ini atau yang "
      "lebih baru: `rujukan log verify SOURCE --policy FILE`, `rujukan log replay SOURCE`.\n"
      "- Siapa yang patut dipercaya: `policy.txt` ditaruh di sini oleh pembuat berkas. Bandingkan "
      "kunci log dan kunci para saksi dengan yang Anda peroleh dari sumber lain (`rujukan bundle "
      "verify FILE --policy FILE`), dan administrator rilis pertama dengan anchor yang diberikan "
      "kepada anggota log.\n";
  if (f.carried) {
    out +=
        "- Apa yang terjadi sebelum kasus dipindahkan ke log ini: itu ada di log tahun "
        "sebelumnya.\n";
  }
  out += "\n## Entri\n\n" + entry_list(evidence) +
         "\n`case.html` menampilkannya; `VERIFY.md` menjelaskan cara memeriksanya secara manual.\n";
  return out;
}

}  // namespace rujukan::cli
