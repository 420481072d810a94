#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "cli/client.hpp"
#include "cli/event_stream.hpp"
#include "cli/exit_code.hpp"
#include "cli/settings.hpp"
#include "cli/table.hpp"
#include "server/operator.hpp"
#include "server/serve.hpp"

/// A command: how it is written, and what it does. One table of these makes the parser, the help and the completions.
namespace ag::cli {

enum class Arity {
  kFlag,
  kValue,
  kOptionalValue,  ///< `--wait` or `--wait=10m`: the value only after `=`
  kValues,         ///< may be given several times
};
enum class Need { kOptional, kRequired };
enum class Count { kOne, kAny };

struct OptionSpec {
  std::string_view names;    ///< `-o,--output`; the long one is the key
  std::string_view value{};  ///< what stands for the value in the help; empty for a flag
  std::string_view help;
  Arity arity = Arity::kValue;
  Need need = Need::kOptional;
  std::vector<std::string_view> choices{};
};

struct PositionalSpec {
  std::string_view name;  ///< in capitals; the key
  std::string_view help;
  Need need = Need::kRequired;
  std::vector<std::string_view> choices{};
  Count count = Count::kOne;
};

/// What was typed, checked against the table.
class Arguments {
 public:
  void set(std::string key, std::string value) { values_.insert_or_assign(std::move(key), std::move(value)); }
  [[nodiscard]] bool has(std::string_view key) const { return values_.contains(key); }
  /// Empty when it was not given.
  [[nodiscard]] std::string text(std::string_view key) const { return find(key).value_or(""); }
  [[nodiscard]] std::optional<std::string> find(std::string_view key) const {
    const auto it = values_.find(key);
    return it == values_.end() ? std::nullopt : std::optional(it->second);
  }
  /// Of what may be given several times: in the order that was typed.
  void set(std::string key, std::vector<std::string> values) {
    lists_.insert_or_assign(std::move(key), std::move(values));
  }
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const {
    const auto it = lists_.find(key);
    return it == lists_.end() ? std::vector<std::string>{} : it->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

class Context;

struct CommandSpec {
  std::string_view path;     ///< `request show`
  std::string_view summary;  ///< half a line
  std::vector<PositionalSpec> positionals{};
  std::vector<OptionSpec> options{};
  std::string_view example{};
  ExitCode (*run)(Context& context, const Arguments& arguments) = nullptr;
};

/// All commands, in the order of the help.
[[nodiscard]] const std::vector<CommandSpec>& command_table();
/// What holds for every command: output, server, token.
[[nodiscard]] const std::vector<OptionSpec>& common_options();
/// What the first word of several commands is about: `request` → "Requests for access".
[[nodiscard]] std::string_view summary_of_group(std::string_view word);

/// The functions of the server room that work on the server's own machine; given in, so that tests can give others.
struct ServerEntry {
  std::function<int(const server::ServeOptions&)> serve;
  std::function<std::string()> default_data_folder;
  std::function<Result<server::IssuedToken>(const std::string&, const std::string&, Duration, bool)> issue_token;
  std::function<Result<std::vector<server::TokenRow>>(const std::string&)> list_tokens;
  std::function<Result<void>(const std::string&, const std::string&)> revoke_token;
  std::function<Result<ledger::VerifyReport>(const std::string&)> verify_ledger;
};

enum class Format { kTable, kJson, kJsonLines, kYaml, kName };

struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool in_is_terminal = false;
  std::optional<std::size_t> width;  ///< of standard output, when it is a terminal
  Colour out_colour = Colour::kNever;
  Colour err_colour = Colour::kNever;
};

/// Where the bytes go: data to `out`, everything else to `err`.
struct Streams {
  std::ostream& out;
  std::ostream& err;
};

/// What a command works with.
class Context {
 public:
  struct Parts {
    Streams streams;
    Terminal terminal;
    Environment environment;
    const ServerEntry& server;
    std::function<Instant()> now;
    Format format = Format::kTable;
    bool may_ask = true;  ///< questions on the terminal
    Arguments common;
  };
  explicit Context(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::ostream& out() { return parts_.streams.out; }
  [[nodiscard]] std::ostream& err() { return parts_.streams.err; }
  [[nodiscard]] const Terminal& terminal() const { return parts_.terminal; }
  [[nodiscard]] const Environment& environment() const { return parts_.environment; }
  [[nodiscard]] const ServerEntry& server() const { return parts_.server; }
  [[nodiscard]] Instant now() const { return parts_.now(); }
  [[nodiscard]] Format format() const { return parts_.format; }
  [[nodiscard]] bool may_ask() const {
    return parts_.may_ask && parts_.terminal.in_is_terminal && parts_.terminal.err_is_terminal;
  }

  /// The server and the token in use. Problem codes as of find_connection().
  [[nodiscard]] ApiResult<ClientOptions> connection();
  [[nodiscard]] ApiResult<Answer> call(const ApiCall& call);
  [[nodiscard]] ApiResult<HttpResponse> exchange(const ApiCall& call);
  /// All pages of a list as one answer, at most `limit` items; `next` is that of the last page read.
  [[nodiscard]] ApiResult<Answer> call_list(ApiCall call, std::size_t limit);

  /// A line for the person, on standard error.
  void note(std::string_view line);
  /// Tells the problem and returns its exit code.
  [[nodiscard]] ExitCode report(const Problem& problem);
  [[nodiscard]] ExitCode report(const Error& error);
  [[nodiscard]] ExitCode usage(std::string_view what);

 private:
  [[nodiscard]] ApiResult<Client*> client();

  Parts parts_;
  std::unique_ptr<Client> client_;
};

}  // namespace ag::cli
