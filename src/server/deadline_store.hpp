#pragma once
#include <memory>

#include "base/time.hpp"
#include "ledger/store.hpp"

/// A ledger that does not answer must not hold up what has to end: a disk can hang for minutes, and then return.
namespace ag::server {

/// Runs the calls of `inner` on a thread of its own and gives each `deadline`. One that takes longer is answered with
/// `ledger_unavailable`, and so is every call until it has ended. An append that was given up on may still happen:
/// the next one then meets `position_conflict`, as if another server had been first.
///
/// The destructor waits for the call that is under way. It does not serve verify().
[[nodiscard]] std::unique_ptr<ledger::Store> with_deadline(std::unique_ptr<ledger::Store> inner, Duration deadline);

}  // namespace ag::server
