#pragma once
// A client for tests that sends the bytes it is given, however wrong they are. Every wait ends after ten seconds.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/http.hpp"

namespace ag::server::http {

enum class Reading { kBody, kHeadOnly };

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        is_connected_(other.is_connected_),
        received_(std::move(other.received_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient& operator=(RawClient&&) = delete;

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  /// False when the server has closed and says so.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// One response, by its Content-Length; status 0 when the connection ended before it was whole.
  HttpResponse response(Reading reading = Reading::kBody) {
    HttpResponse result;
    result.status = 0;
    std::size_t end = received_.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!receive()) return result;
      end = received_.find("\r\n\r\n");
    }
    std::string head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t line = head.find("\r\n", at);
      const std::size_t colon = head.find(": ", at);
      result.headers.add(head.substr(at, colon - at), head.substr(colon + 2, line - colon - 2));
      at = line + 2;
    }
    if (reading == Reading::kBody) {
      const auto field = result.headers.find("Content-Length");
      const std::size_t length = field ? std::strtoul(std::string(*field).c_str(), nullptr, 10) : 0;
      while (received_.size() < length) {
        if (!receive()) return result;
      }
      result.body = received_.substr(0, length);
      received_.erase(0, length);
    }
    result.status = std::atoi(head.c_str() + 9);
    return result;
  }

  /// True when `text` arrives; what stands before it is dropped, and so is it.
  bool sees(std::string_view text) {
    for (;;) {
      if (const auto at = received_.find(text); at != std::string::npos) {
        received_.erase(0, at + text.size());
        return true;
      }
      if (!receive()) return false;
    }
  }

  /// Everything until the server closes.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

  /// True when the server closes within the time, and sends nothing more before.
  bool is_closed() {
    while (receive()) {
    }
    return received_.empty() && !timed_out_;
  }

  /// Whether the end that was seen was an error instead of an orderly close.
  [[nodiscard]] bool was_reset() const { return was_reset_; }

  /// Whether anything, the end included, arrives within the time.
  bool has_news_within(int milliseconds) {
    pollfd poll_entry{socket_, POLLIN, 0};
    return ::poll(&poll_entry, 1, milliseconds) > 0;
  }

  void end_sending() { ::shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  bool receive() {
    timed_out_ = !has_news_within(10'000);
    if (timed_out_) return false;
    char bytes[16 * 1024];
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    was_reset_ = count < 0;
    if (count <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool timed_out_ = false;
  bool was_reset_ = false;
  std::string received_;
};

}  // namespace ag::server::http
