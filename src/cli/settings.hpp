#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// Where the command line finds things: flags first, then the environment, then what `login` has stored.
namespace ag::cli {

/// A variable's value; none when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;
[[nodiscard]] std::optional<std::string> process_environment(const char* name);

inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:8642";
inline constexpr std::size_t kLongestToken = 1024;  ///< bytes; ours have about a hundred

/// What `login` keeps: the token, and the server that it is for. A token is never sent to another server.
struct StoredToken {
  std::string token;
  std::string server;
};

/// `$XDG_STATE_HOME/accessguard/token`, or below `~/.local/state`.
[[nodiscard]] std::string token_path(const Environment& environment);

/// Nothing when there is no file. Error codes `token_file`, also when others than its owner could read it.
[[nodiscard]] Result<std::optional<StoredToken>> load_token(const std::string& path);
/// For the owner's eyes only (0600), whole or not at all. Error code `token_file`.
[[nodiscard]] Result<void> store_token(const std::string& path, const StoredToken& stored);
/// Whether there was one. Error code `token_file`.
[[nodiscard]] Result<bool> forget_token(const std::string& path);

/// The token in a text from a file or a pipe: one line of printable ASCII. Error code `invalid_token`.
[[nodiscard]] Result<std::string> clean_token(std::string_view text);

struct Connection {
  std::string server;
  std::string token;  ///< empty: not signed in
};

/// Error codes `token_file`, `invalid_token`.
[[nodiscard]] Result<Connection> find_connection(const std::optional<std::string>& server_flag,
                                                 const std::optional<std::string>& token_file_flag,
                                                 const Environment& environment);

enum class FileMode {
  kOwnerOnly,  ///< 0600, whatever was there
  kAsItIs,  ///< that of the file that is there, and through a link what it points to; a new one is for its owner alone
};
/// Whole or not at all; folders on the way are made. Error code `file_unwritable`.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view text, FileMode mode);

/// A whole file, or standard input for `-`, of at most `limit` bytes. Error codes `no_file`, `too_long`, `interrupted`.
[[nodiscard]] Result<std::string> read_input(const std::string& path, std::size_t limit);

}  // namespace ag::cli
