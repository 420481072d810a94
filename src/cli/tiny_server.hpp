#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/assert.hpp"

/// For tests: a server on 127.0.0.1 that gives prepared answers, one a connection, and remembers what it was asked.
namespace ag::cli {

inline std::string json_reply(int status, std::string_view body, std::string_view more_headers = "") {
  return fmt::format(
      "HTTP/1.1 {} Some Words\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
      status, body.size(), more_headers, body);
}

class TinyServer {
 public:
  explicit TinyServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    AG_ASSERT(bind(listener_, generic, size) == 0 && listen(listener_, 8) == 0);
    AG_ASSERT(getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TinyServer() {
    stop_ = true;
    thread_.join();
    close(listener_);
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;

  [[nodiscard]] std::string address() const { return fmt::format("http://127.0.0.1:{}", port_); }
  [[nodiscard]] std::string request(std::size_t i) {
    const std::lock_guard lock(mutex_);
    return i < requests_.size() ? requests_[i] : std::string{};
  }
  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

 private:
  void serve() {
    for (std::size_t i = 0; i < answers_.size() && !stop_;) {
      pollfd waiting{listener_, POLLIN, 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int peer = accept(listener_, nullptr, nullptr);
      remember(read_request(peer));
      const std::string& answer = answers_[i++];
      for (std::size_t sent = 0; sent < answer.size();) {
        const ssize_t count = send(peer, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
      close(peer);
    }
  }

  static std::string read_request(int peer) {
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
      const auto end = text.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto length = text.find("Content-Length: ");
        const std::size_t body = length == std::string::npos ? 0 : std::stoul(text.substr(length + 16));
        if (text.size() >= end + 4 + body) return text;
      }
      const ssize_t count = recv(peer, piece.data(), piece.size(), 0);
      if (count <= 0) return text;
      text.append(piece.data(), static_cast<std::size_t>(count));
    }
  }

  void remember(std::string request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }

  std::vector<std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace ag::cli
