// A witness of other agencies' logs (c2sp.org/tlog-witness@v1.0.0): it cosigns what is consistent
// with what it cosigned before, and sees no entry.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/admin/http_server.h"
#include "broker/merkle/witness.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/rare_trace.h"
#include "broker/store/database.h"

namespace rujukan::admin {

// Used by one thread at a time: a server's.
class Witness {
 public:
  struct Identity {
    std::string name;
    Ed25519SecretKey key;
  };
  // `state_file` is a SQLite database with the newest checkpoint cosigned of each log; made when
  // missing. `clock` outlives it. `on_fatal` is called when the state cannot be kept: no more may
  // be cosigned. Errors: store.failed.
  static Result<std::unique_ptr<Witness>> open(const std::string& state_file, Identity identity,
                                               const std::vector<merkle::NoteKey>& logs,
                                               Clock& clock,
                                               std::function<void(const Error&)> on_fatal);

  //   POST /add-checkpoint                  200 with the cosignature, or why not
  //   GET /<hex of SHA-256(origin)>/checkpoint  the newest note that it cosigned
  // A cosignature leaves only after the state that it stands for is durable.
  HttpReply answer(const HttpRequest& request);

 private:
  struct Held {
    merkle::Witnessed state;
    std::string note;
  };

  Witness(std::unique_ptr<store::Database> state, Identity identity, Clock& clock,
          std::function<void(const Error&)> on_fatal)
      : state_(std::move(state)),
        identity_(std::move(identity)),
        clock_(clock),
        on_fatal_(std::move(on_fatal)) {}

  HttpReply add_checkpoint(ByteView body);
  Result<HttpReply> judge_and_keep(const merkle::AddCheckpoint& request,
                                   const merkle::NoteKey& log);
  HttpReply published(const std::string& target);
  HttpReply fatal(const Error& why);
  Result<std::optional<Held>> held(const std::string& origin);
  Result<void> keep(const std::string& origin, const Held& next);

  std::unique_ptr<store::Database> state_;
  const Identity identity_;
  Clock& clock_;
  const std::function<void(const Error&)> on_fatal_;
  std::map<std::string, merkle::NoteKey, std::less<>> logs_;  // by origin
  std::map<std::string, trace::RareTrace> asked_traces_;      // the same
};

}  // namespace rujukan::admin
