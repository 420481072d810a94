#include "cli/wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/interrupt.hpp"
#include "cli/json_path.hpp"
#include "cli/request_view.hpp"
#include "cli/text.hpp"

namespace ag::cli {
namespace {

constexpr Duration kTick = Duration::milliseconds(250);  // of the live line
constexpr Duration kPollWithoutStream = Duration::seconds(1);
constexpr Duration kPollBesideStream = Duration::seconds(10);  // should an event be missed

Problem interruption() { return {.code = "interrupted", .detail = "Interrupted."}; }

std::string progress_of(const json::value& request) {
  const std::string missing = missing_decision(request);
  if (!missing.empty()) return "waiting · " + missing;
  return text_at(request, "state") == "granting" ? "approved · AWS is making the assignment"
                                                 : text_at(request, "state");
}

}  // namespace

bool is_passing(const Problem& problem) {
  return problem.code == "unreachable" || problem.code == "timed_out" || problem.status == 503 || problem.status == 502;
}

Result<WaitPlan> wait_plan(const Context& context, const Arguments& arguments) {
  if (arguments.has("wait") && arguments.has("no-wait"))
    return fail("invalid_value", "--wait and --no-wait contradict each other");
  if (arguments.has("no-wait")) return WaitPlan{};
  if (!arguments.has("wait")) {
    const bool someone_looks = context.terminal().out_is_terminal && context.terminal().err_is_terminal;
    return WaitPlan{someone_looks ? WaitKind::kForever : WaitKind::kNone, {}};
  }
  if (arguments.text("wait").empty()) return WaitPlan{WaitKind::kForever, {}};
  const auto bound = parse_duration(arguments.text("wait"));
  if (!bound) return fail(bound.error());
  return WaitPlan{WaitKind::kBounded, *bound};
}

LiveLine::LiveLine(Context& context) : context_(context) {
  works_ = context.terminal().err_is_terminal && context.environment()("TERM").value_or("dumb") != "dumb";
}

void LiveLine::draw(std::string_view text) {
  if (!works_) return;
  constexpr std::array<std::string_view, 8> kTurns = {"⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"};
  std::string line = fmt::format("{} {}", kTurns[static_cast<std::size_t>(turn_++) % kTurns.size()], printable(text));
  if (context_.terminal().width) line = cut_to_width(line, *context_.terminal().width - 1);
  context_.err() << "\r\x1b[K" << line << std::flush;
  drawn_ = true;
}

void LiveLine::clear() {
  if (drawn_) context_.err() << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

std::string request_of(std::string_view id) {
  if (!id.starts_with("grt_")) return std::string(id);
  return "req_" + std::string(id.substr(4, id.rfind('_') - 4));
}

ApiCall get_request(std::string_view id) { return {.path = "/v1/requests/" + percent_encode(id)}; }

RequestWatch::RequestWatch(Context& context, std::string id, ClientOptions options)
    : context_(context), id_(std::move(id)), options_(std::move(options)) {
  stream_.emplace(options_, std::nullopt);
}

ApiResult<bool> RequestWatch::hears_of_it(Duration patience) {
  if (!stream_) {
    if (!pause_unless_interrupted(patience)) return std::unexpected(interruption());
    return false;
  }
  const auto event = stream_->next(patience);
  if (event) {
    if (!*event) return false;
    const auto told = parse_json((*event)->data, Numbers::kAny);
    return told && text_at(*told, "request") == id_;
  }
  if (event.error().code == "interrupted") return std::unexpected(event.error());
  stream_.reset();  // refused: then by asking again and again
  return false;
}

ApiResult<std::optional<Answer>> RequestWatch::read() {
  read_at_ = context_.now();
  auto answer = context_.call(get_request(id_));
  if (answer) {
    lost_ = false;
    return std::optional(std::move(*answer));
  }
  if (!is_passing(answer.error())) return std::unexpected(std::move(answer.error()));
  if (!lost_) context_.note("the server cannot be reached; trying again");
  lost_ = true;
  return std::optional<Answer>{};
}

ApiResult<std::optional<Answer>> RequestWatch::next(Duration patience) {
  const bool streaming = stream_ && stream_->is_open();
  if (context_.now() - read_at_ >= (streaming ? kPollBesideStream : kPollWithoutStream)) return read();
  const auto heard = hears_of_it(patience);
  if (!heard) return std::unexpected(heard.error());
  return *heard ? read() : ApiResult<std::optional<Answer>>(std::optional<Answer>{});
}

ExitCode wait_for_outcome(Context& context, Answer& request, std::optional<Duration> bound) {
  const std::string id = text_at(request.value, "id");
  auto options = context.connection();
  if (!options) return context.report(options.error());
  RequestWatch watch(context, id, std::move(*options));
  LiveLine line(context);
  const Instant until = bound ? context.now() + *bound : Instant::max();
  std::string told;
  for (;;) {
    const ExitCode outcome = exit_code_of_state(text_at(request.value, "state"));
    if (outcome != ExitCode::kPending) return outcome;
    const std::string progress = progress_of(request.value);
    if (!context.terminal().err_is_terminal && progress != std::exchange(told, progress)) context.note(progress);
    line.draw(progress + "   (Ctrl-C leaves the request open)");
    if (context.now() >= until) return ExitCode::kWaitTimedOut;

    auto changed = watch.next(std::min(kTick, until - context.now()));
    if (!changed) {
      line.clear();
      if (changed.error().code == "interrupted") return ExitCode::kInterrupted;
      return context.report(changed.error());
    }
    if (*changed) request = std::move(**changed);
  }
}

}  // namespace ag::cli
