#include "cli/interrupt.hpp"

#include <poll.h>

#include <csignal>

namespace ag::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int) { interrupted = 1; }

}  // namespace

void watch_for_interrupt() {
  struct sigaction action{};
  action.sa_handler = on_interrupt;  // without SA_RESTART: a read from the keyboard must end too
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return interrupted != 0; }

bool pause_unless_interrupted(Duration length) {
  // poll() comes back at once with EINTR when the signal arrives.
  if (!is_interrupted()) poll(nullptr, 0, static_cast<int>(length.count_milliseconds()));
  return !is_interrupted();
}

}  // namespace ag::cli
