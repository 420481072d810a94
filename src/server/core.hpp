#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/decide.hpp"
#include "control/directory.hpp"
#include "control/slots.hpp"

/// The whole of AccessGuard without its shell: state, control and directory, driven by whoever has a store, a clock
/// and a way to AWS. Production drives it from one thread, the simulator from another world. Pure: one turn is
///
///   receive() replies; prepare() decides all there is to decide and says what the ledger must take;
///   then, by what became of the append, commit() or abort(); and dispatch() returns the calls that may go now.
namespace ag::server {

/// A command that waits for its answer; `ticket` is the caller's own number for it.
struct Submission {
  std::uint64_t ticket = 0;
  access::Caller caller;
  access::Command command;
  std::optional<access::IdempotencyKey> idempotency;
};

/// What became of a submission.
struct Ruling {
  std::uint64_t ticket = 0;
  Result<access::RequestId> result;
};

/// What one turn decided: nothing of it is true before the ledger has it.
struct Batch {
  std::vector<access::Entry> entries;
  std::vector<std::string> bytes;  ///< the same, canonical
  std::vector<Ruling> rulings;
};

class Core {
 public:
  /// Folds one entry that the ledger already holds: at the start, or from another writer.
  void replay(const access::Entry& entry);
  /// After the last replay() of the start: everything that may exist in AWS is to be looked at.
  void adopt(std::optional<access::Snapshot> cached_directory);

  [[nodiscard]] const access::State& state() const { return state_; }
  [[nodiscard]] std::shared_ptr<const access::Organization> organization() const { return organization_; }
  [[nodiscard]] const control::DirectoryStatus& directory_status() const { return directory_.status(); }
  [[nodiscard]] control::SlotGauges gauges() const { return slots_.gauges(); }

  void receive(control::CallId id, const aws::AwsResult<aws::Reply>& reply, Instant now);
  [[nodiscard]] Batch prepare(const std::vector<Submission>& submissions, Instant now);
  void commit();
  /// Takes back what prepare() applied; control asks again for its entries after `retry`.
  void abort();
  [[nodiscard]] std::vector<control::Outgoing> dispatch(Instant now);
  [[nodiscard]] Instant next_wake() const;

  /// A new picture of the organization, once, when the directory has finished reading one.
  [[nodiscard]] std::shared_ptr<const access::Organization> take_new_organization();
  void refresh_directory(Instant now) { directory_.refresh(now); }

 private:
  void apply(Batch& batch, const access::Actor& actor, const std::optional<access::IdempotencyKey>& idempotency,
             std::vector<access::Event> events, Instant now);
  void publish(access::Snapshot snapshot);

  access::State state_;
  std::shared_ptr<const access::Organization> organization_ = std::make_shared<access::Organization>();
  std::shared_ptr<const access::Organization> new_organization_;
  control::SlotControl slots_;
  control::Directory directory_;
  control::Budget budget_;
  control::CallIds ids_;
  Instant last_at_;  ///< of the newest entry: the ledger's times never go back
  Instant batch_at_;
  std::vector<access::Slot> touched_;  ///< by the batch that is not yet committed
};

}  // namespace ag::server
