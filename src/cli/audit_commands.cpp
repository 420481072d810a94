#include <fmt/format.h>

#include <charconv>

#include "base/codec.hpp"
#include "base/hash.hpp"
#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "cli/when.hpp"
#include "cli/yaml.hpp"

namespace ag::cli {
namespace {

std::optional<std::int64_t> position_of(const std::string& text) {
  std::int64_t position = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  return error == std::errc{} && end == text.data() + text.size() && position >= 0 ? std::optional(position)
                                                                                   : std::nullopt;
}

constexpr std::string_view kFromUsage = "--from takes a position on the ledger, from 0";

std::string actor_of(const json::value& entry) {
  const std::string name = text_at(entry, "actor.name");
  return name.empty() ? text_at(entry, "actor.kind") : name;
}

std::string entry_table(const json::value& list, const Context& context) {
  Table table({"INDEX", "AT", "ACTOR", "KIND", "BODY"});
  for (const auto& entry : items_at(list, "items")) {
    const auto at = time_at(entry, "at");
    table.add({{std::to_string(number_at(entry, "index"))},
               {at ? clock_text(*at, context.now()) : ""},
               {actor_of(entry)},
               {text_at(entry, "kind")},
               {json::serialize(value_at(entry, "body"))}});
  }
  return table.render(table_style(context));
}

/// The ledger pages by position: `next` is a number here.
ApiResult<Answer> read_ledger(Context& context, std::int64_t from, std::size_t limit) {
  constexpr std::size_t kPage = 200;
  json::array items;
  json::value next(from);
  while (limit > 0 && next.is_int64()) {
    const std::size_t count = std::min(limit, kPage);
    const auto page =
        context.call({.path = "/v1/ledger",
                      .query = {{"from", std::to_string(next.get_int64())}, {"limit", std::to_string(count)}}});
    if (!page) return std::unexpected(page.error());
    const auto& entries = items_at(page->value, "items");
    for (const auto& entry : entries) items.push_back(entry);
    const json::value after = value_at(page->value, "next");
    const bool forward = !after.is_int64() || after.get_int64() > next.get_int64();
    if (!forward || items_at(page->value, "items").empty()) return *page;
    limit -= std::min(limit, entries.size());
    next = after;
    if (entries.size() == items.size() && (limit == 0 || next.is_null())) return *page;  // one page: unchanged
  }
  json::value whole = json::object{{"items", std::move(items)}, {"next", next}};
  std::string bytes = json::serialize(whole);
  return Answer{std::move(whole), std::move(bytes), {}};
}

ExitCode run_ls(Context& context, const Arguments& arguments) {
  constexpr std::size_t kNewest = 50;  // without --from: the newest entries, as many as fill a screen or two
  const auto limit =
      arguments.has("limit") ? limit_of(arguments) : std::optional(arguments.has("from") ? kDefaultLimit : kNewest);
  if (!limit) return context.usage(kLimitUsage);
  std::int64_t from = 0;
  if (const auto text = arguments.find("from")) {
    const auto position = position_of(*text);
    if (!position) return context.usage(kFromUsage);
    from = *position;
  } else {
    const auto checkpoint = context.call({.path = "/v1/ledger/checkpoint"});
    if (!checkpoint) return context.report(checkpoint.error());
    from = std::max<std::int64_t>(0, number_at(checkpoint->value, "size") - static_cast<std::int64_t>(*limit));
  }
  const auto list = read_ledger(context, from, *limit);
  if (!list) return context.report(list.error());
  const Look look{[](const json::value& entry) { return std::to_string(number_at(entry, "index")); },
                  [&context](const json::value& whole) { return entry_table(whole, context); }};
  show_list(context, *list, look, "no entries there");
  return ExitCode::kOk;
}

void show_event(Context& context, const ServerEvent& event) {
  const auto parsed = parse_json(event.data, Numbers::kAny);
  switch (context.format()) {
    case Format::kTable: {
      const json::value told = parsed ? *parsed : json::value(nullptr);
      const auto at = time_at(told, "at");
      const std::string request = text_at(told, "request");
      const std::string state = text_at(told, "state");
      context.out() << printable(event.id) << "  " << (at ? clock_text(*at, context.now()) : "-") << "  "
                    << printable(event.event) << (request.empty() ? "" : "  ") << printable(request)
                    << (state.empty() ? "" : "  ")
                    << painted(printable(state), tone_of_state(state), context.terminal().out_colour) << '\n';
      break;
    }
    case Format::kJson:
    case Format::kJsonLines: context.out() << printable_json(event.data) << '\n'; break;
    case Format::kYaml: context.out() << "---\n" << to_yaml(parsed ? *parsed : json::value(event.data)); break;
    case Format::kName: context.out() << printable(event.id) << '\n'; break;
  }
  context.out() << std::flush;
}

ExitCode run_tail(Context& context, const Arguments& arguments) {
  std::optional<std::string> after;
  if (const auto text = arguments.find("from")) {
    const auto position = position_of(*text);
    if (!position) return context.usage(kFromUsage);
    after = std::to_string(*position - 1);  // Last-Event-ID names the last one seen; -1 is before the first
  }
  auto options = context.connection();
  if (!options) return context.report(options.error());
  EventStream stream(std::move(*options), after);
  bool told_of_loss = false;
  for (;;) {
    const auto event = stream.next(Duration::seconds(5));
    if (!event && event.error().code == "interrupted") return ExitCode::kInterrupted;
    if (!event) return context.report(event.error());
    if (*event) show_event(context, **event);
    if (!stream.is_open() && !told_of_loss) context.note("the server cannot be reached; trying again");
    told_of_loss = !stream.is_open();
  }
}

ExitCode run_verify(Context& context, const Arguments& arguments) {
  const std::string data = arguments.find("data").value_or(context.server().default_data_folder());
  const auto report = context.server().verify_ledger(data);
  if (!report) return context.report(report.error());

  const std::string root = to_hex(report->root);
  json::object object{{"entries", report->entries}, {"root", root}, {"first_problem", nullptr}};
  if (report->first_problem) {
    object["first_problem"] = json::object{{"position", report->first_problem->position},
                                           {"kind", name_of(report->first_problem->kind)},
                                           {"message", report->first_problem->message}};
  }
  Answer answer{object, json::serialize(object), {}};
  const Look look{[&](const json::value&) { return root; },
                  [&](const json::value&) { return fmt::format("entries  {}\nroot     {}\n", report->entries, root); }};
  show_object(context, answer, look);
  if (!report->first_problem) {
    context.note("✓ every entry is what was appended, in its place; compare the root with one that was kept elsewhere");
    return ExitCode::kOk;
  }
  const auto& finding = *report->first_problem;
  return context.report(
      Problem{.code = std::string(name_of(finding.kind)),
              .detail = fmt::format("The ledger is not whole: entry {}: {}", finding.position, finding.message),
              .fix = "keep the folder as it is; restore from a backup and compare"});
}

}  // namespace

std::vector<CommandSpec> audit_commands() {
  return {
      {.path = "audit ls",
       .summary = "Entries of the ledger (administrators); the newest when not told from where",
       .options = {{.names = "--from", .value = "INDEX", .help = "Position of the first entry"},
                   {.names = "--limit", .value = "N", .help = "At most so many entries (50; with --from 1000)"}},
       .run = run_ls},
      {.path = "audit tail",
       .summary = "What happens, as it happens",
       .options = {{.names = "--from", .value = "INDEX", .help = "Begin at this position; else with what comes next"}},
       .run = run_tail},
      {.path = "audit verify",
       .summary = "Recompute the whole ledger on the server's own disk",
       .options = {{.names = "--data", .value = "DIR", .help = "The data folder of the server"}},
       .run = run_verify},
  };
}

}  // namespace ag::cli
