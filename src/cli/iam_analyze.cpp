#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <utility>

#include "cli/commands.hpp"
#include "cli/json_path.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"
#include "iam/analysis_input.hpp"
#include "iam/analysis_json.hpp"
#include "iam/analysis_words.hpp"
#include "iam/catalogue.hpp"

/// What policies really allow. Nothing is asked of a server: policies come in as files, as AWS's managed ones, or one
/// case a line.
namespace ag::cli {
namespace {

constexpr std::size_t kLargestInput = 32 * 1024 * 1024;  // bytes; with all roles of a large account
constexpr std::size_t kFindingsOfAFacet = 4;
constexpr std::size_t kActionsOfAService = 8;

/// Whether a text is a policy document, or the whole input of an analysis.
bool is_document(std::string_view text) {
  const auto node = iam::read_json(text);
  return !node || node->find("Statement") != nullptr;
}

Result<iam::ReadInput> read_one(const std::string& path) {
  const auto text = read_input(path, kLargestInput);
  if (!text) return fail(text.error());
  return is_document(*text) ? iam::read_policy_file(*text, path) : iam::read_analysis_input(*text);
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, " + ")); }

/// All that was named on the command line, together: as if all of it were attached to one role.
Result<iam::ReadInput> read_all(const std::vector<std::string>& files, const std::vector<std::string>& managed) {
  iam::ReadInput all;
  std::vector<std::string> names;
  for (const std::string& file : files) {
    auto one = read_one(file);
    if (!one) return fail(one.error());
    names.push_back(one->name.empty() ? file : one->name);
    if (files.size() == 1) {
      all = std::move(*one);
      continue;
    }
    if (one->input.layers.identity.empty() || one->input.layers.boundary || !one->input.roles.empty())
      return fail("invalid_input", fmt::format("{}: several files are policy documents", file), file);
    for (auto& policy : one->input.layers.identity) all.input.layers.identity.push_back(std::move(policy));
    for (auto& problem : one->problems) all.problems.push_back(std::move(problem));
  }
  for (const std::string& name : managed) {
    auto policy = iam::read_managed_policy(name);
    if (!policy) return fail(policy.error());
    names.push_back(policy->name);
    all.input.layers.identity.push_back(std::move(*policy));
  }
  all.name = joined(names);
  return all;
}

std::optional<iam::AccountKind> account_of(const Arguments& arguments) {
  const auto text = arguments.find("account");
  if (!text) return std::nullopt;
  return *text == "member" ? iam::AccountKind::kMember : iam::AccountKind::kManagement;
}

void tell_of_input(Context& context, const iam::ReadInput& read) {
  for (const std::string& problem : read.problems) context.note(problem);
  if (!read.ignored.empty()) context.note(fmt::format("has no part in this: {}", fmt::join(read.ignored, ", ")));
  const iam::Catalogue& catalogue = iam::Catalogue::built_in();
  context.note(
      fmt::format("AWS as of {}: {} actions (catalogue {})", catalogue.date(), catalogue.size(), catalogue.version()));
}

Answer answer_of(json::object object) {
  std::string bytes = json::serialize(object);
  return {std::move(object), std::move(bytes), {}};
}

// ---- analyze ----

json::object line_of(std::string_view text, const Arguments& arguments, bool& good) {
  auto read = iam::read_analysis_input(text);
  if (!read) {
    good = false;
    return {{"error", json::object{{"code", read.error().code}, {"message", read.error().message}}}};
  }
  if (const auto account = account_of(arguments)) read->input.account = *account;
  json::object object = iam::to_json(iam::analyze(std::move(read->input)));
  if (!read->name.empty()) object.emplace("name", read->name);
  return object;
}

/// One case a line in, one answer a line out, in the same order; a case that cannot be read is answered with an error.
ExitCode run_lines(Context& context, const Arguments& arguments, std::istream& in) {
  bool all_good = true;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.size() > kLargestInput) return context.report(Error{"too_large", "a line is larger than 32 MiB"});
    context.out() << printable_json(json::serialize(line_of(line, arguments, all_good))) << '\n';
  }
  context.out() << std::flush;
  return all_good ? ExitCode::kOk : ExitCode::kOther;
}

ExitCode run_analyze(Context& context, const Arguments& arguments) {
  const auto files = arguments.list("FILE");
  const auto managed = arguments.list("managed");
  if (arguments.has("jsonl")) {
    if (!managed.empty() || files.size() > 1) return context.usage("--jsonl reads one file, or standard input");
    if (files.empty() || files[0] == "-") return run_lines(context, arguments, std::cin);
    std::ifstream file(files[0]);
    if (!file) return context.report(Error{"file", fmt::format("{} cannot be read", files[0]), files[0]});
    return run_lines(context, arguments, file);
  }
  if (files.empty() && managed.empty()) return context.usage("name a FILE, or --managed POLICY");
  auto read = read_all(files, managed);
  if (!read) return context.report(read.error());
  if (const auto account = account_of(arguments)) read->input.account = *account;
  const iam::Analysis analysis = iam::analyze(std::move(read->input));
  json::object object = iam::to_json(analysis);
  object.emplace("name", read->name);
  const iam::PageStyle style{.findings_of_a_facet = arguments.has("all") ? std::size_t{1'000} : kFindingsOfAFacet};
  show_object(context, answer_of(std::move(object)),
              {[](const json::value& whole) { return text_at(whole, "level"); },
               [&](const json::value&) { return printable_lines(iam::page(read->name, analysis, style)); }});
  tell_of_input(context, *read);
  return ExitCode::kOk;
}

// ---- expand ----

std::string expansion_lines(const json::value& whole) {
  Table table({"ACTION", "CERTAINTY", "ON", "DEPENDS ON"});
  for (const auto& action : items_at(whole, "actions")) {
    std::vector<std::string> resources, keys;
    for (const auto& resource : items_at(action, "resources")) resources.push_back(text_at(resource, ""));
    for (const auto& key : items_at(action, "depends_on")) keys.push_back(text_at(key, ""));
    const bool everything = text_at(action, "breadth") == "everything";
    table.add(
        {{text_at(action, "action")},
         {text_at(action, "certainty"), text_at(action, "certainty") == "certainly" ? Tone::kPlain : Tone::kFaint},
         {everything ? "everything" : joined(resources)},
         {fmt::format("{}", fmt::join(keys, ", "))}});
  }
  return table.render({});
}

ExitCode run_expand(Context& context, const Arguments& arguments) {
  const auto files = arguments.list("FILE");
  const auto managed = arguments.list("managed");
  if (files.empty() && managed.empty()) return context.usage("name a FILE, or --managed POLICY");
  const auto read = read_all(files, managed);
  if (!read) return context.report(read.error());
  const iam::Expansion expansion(read->input.layers);
  if (context.format() == Format::kName) {
    expansion.possible().each([&](iam::ActionId id) { context.out() << iam::Catalogue::built_in().name(id) << '\n'; });
    context.out() << std::flush;
    return ExitCode::kOk;
  }
  show_object(context, answer_of(iam::to_json(expansion)),
              {[](const json::value&) { return std::string(); }, expansion_lines});
  for (const std::string& unknown : expansion.unknown_actions()) context.note("not in the catalogue: " + unknown);
  context.note(fmt::format("{} actions, {} for certain, {} of these on everything", expansion.possible().size(),
                           expansion.certain().size(), expansion.everywhere().size()));
  tell_of_input(context, *read);
  return ExitCode::kOk;
}

// ---- diff ----

/// A file when there is one, else an AWS managed policy.
Result<iam::ReadInput> read_side(const std::string& word) {
  auto file = read_one(word);
  if (file || file.error().code == "unreadable_policy" || file.error().code == "invalid_json") return file;
  auto policy = read_all({}, {word});
  return policy ? policy : file.error().code == "invalid_input" ? file : policy;
}

/// By service: `s3       GetObject, PutObject and 3 more`
std::string by_service(const json::array& actions) {
  std::map<std::string, std::vector<std::string>> services;
  for (const auto& action : actions) {
    const std::string name = text_at(action, "");
    services[name.substr(0, name.find(':'))].push_back(name.substr(name.find(':') + 1));
  }
  std::string lines;
  for (auto& [service, names] : services) {
    const std::size_t rest = names.size() > kActionsOfAService ? names.size() - kActionsOfAService : 0;
    names.resize(names.size() - rest);
    lines += fmt::format("    {:<18} {}{}\n", service, fmt::join(names, ", "),
                         rest > 0 ? fmt::format(" and {} more", rest) : "");
  }
  return lines;
}

std::string changes_of(const json::value& difference, std::string_view subject) {
  constexpr std::pair<std::string_view, std::string_view> kParts[] = {
      {"new_actions", "what the other does not"},
      {"more_certain", "for certain what the other allows on a condition"},
      {"wider", "on everything what the other allows on some resources"}};
  std::string lines;
  for (const auto& [member, words] : kParts) {
    const json::array& actions = items_at(difference, member);
    if (actions.empty()) continue;
    lines += fmt::format("{} allows {} ({}):\n{}", subject, words, actions.size(), by_service(actions));
  }
  return lines;
}

std::string difference_lines(const json::value& whole) {
  std::string lines;
  for (const std::string_view side : {"a", "b"}) {
    lines +=
        fmt::format("{} {}: {}, {} actions\n", side == "a" ? "A" : "B", text_at(whole, fmt::format("{}.name", side)),
                    text_at(whole, fmt::format("{}.level", side)), number_at(whole, fmt::format("{}.actions", side)));
  }
  const std::string added = changes_of(value_at(whole, "added"), "B");
  const std::string removed = changes_of(value_at(whole, "removed"), "A");
  if (added.empty() && removed.empty()) return lines + "\nthe same actions, as certain and as wide\n";
  if (added.empty()) lines += "\nB allows nothing beyond A\n";
  if (removed.empty()) lines += "\nA allows nothing beyond B\n";
  return printable_lines(lines + "\n" + added + removed);
}

json::object side_json(const iam::ReadInput& read, const iam::Expansion& expansion) {
  const iam::Analysis analysis = iam::analyze(expansion, read.input);
  return {{"name", read.name},
          {"level", iam::enum_names(analysis.level)[static_cast<std::size_t>(analysis.level)]},
          {"score", analysis.score},
          {"actions", static_cast<std::int64_t>(analysis.possible)},
          {"effective_administrator", analysis.effective_administrator}};
}

ExitCode run_diff(Context& context, const Arguments& arguments) {
  const auto a = read_side(arguments.text("A"));
  if (!a) return context.report(a.error());
  const auto b = read_side(arguments.text("B"));
  if (!b) return context.report(b.error());
  const iam::Expansion left(a->input.layers);
  const iam::Expansion right(b->input.layers);
  const iam::Difference added = iam::difference(left, right);
  const iam::Difference removed = iam::difference(right, left);
  json::object object{{"a", side_json(*a, left)},     {"b", side_json(*b, right)},
                      {"b_within_a", added.empty()},  {"a_within_b", removed.empty()},
                      {"added", iam::to_json(added)}, {"removed", iam::to_json(removed)}};
  show_object(context, answer_of(std::move(object)),
              {[](const json::value& whole) { return std::string(flag_at(whole, "b_within_a") ? "within" : "beyond"); },
               difference_lines});
  return ExitCode::kOk;
}

PositionalSpec files() {
  return {.name = "FILE",
          .help = "Policy documents, or one input with identityPolicies, boundaries, scps, roles; - for standard input",
          .need = Need::kOptional,
          .count = Count::kAny};
}
OptionSpec managed_option() {
  return {.names = "--managed",
          .value = "POLICY",
          .help = "An AWS managed policy by name or ARN; may be given again",
          .arity = Arity::kValues};
}
OptionSpec account_option() {
  return {.names = "--account",
          .value = "KIND",
          .help = "What the account is: a member, or where the organization and Identity Center are administered",
          .choices = {"member", "management"}};
}

}  // namespace

std::vector<CommandSpec> iam_analysis_commands() {
  return {
      {.path = "iam analyze",
       .summary = "How much access policies give, and why",
       .positionals = {files()},
       .options = {managed_option(),
                   account_option(),
                   {.names = "--jsonl", .help = "One input a line in, one analysis a line out", .arity = Arity::kFlag},
                   {.names = "--all", .help = "Every reason, not only the first few", .arity = Arity::kFlag}},
       .example = "accessguard iam analyze --managed ReadOnlyAccess inline.json",
       .run = run_analyze},
      {.path = "iam expand",
       .summary = "The actions that policies allow",
       .positionals = {files()},
       .options = {managed_option()},
       .example = "accessguard iam expand policy.json -o name",
       .run = run_expand},
      {.path = "iam diff",
       .summary = "What B allows beyond A, and A beyond B",
       .positionals = {{"A", "A policy file or the name of an AWS managed policy"}, {"B", "The same"}},
       .example = "accessguard iam diff ReadOnlyAccess SecurityAudit",
       .run = run_diff},
  };
}

}  // namespace ag::cli
