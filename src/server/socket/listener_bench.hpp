#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/socket/listener.hpp"
#include "server/socket/raw_client.hpp"

/// For tests: a listener whose handler echoes, and what is sent to it.
namespace ag::server::http::testing {

inline const std::string kGet = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

inline std::string post(std::string_view body) {
  return "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline Answer echo(const HttpRequest& request) {
  return HttpResponse{200, {{"X-Method", request.method}, {"X-Target", request.target}}, request.body};
}

inline std::unique_ptr<Listener> listen(ListenerOptions options, Handler handler) {
  auto started = Listener::start(std::move(options), std::move(handler));
  EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message);
  return std::move(started.value());
}

/// A listener whose handler echoes and counts.
struct Echo {
  explicit Echo(ListenerOptions options = {})
      : listener(listen(std::move(options), [this](const HttpRequest& request) {
          ++calls;
          return echo(request);
        })) {}
  std::atomic<int> calls = 0;
  std::unique_ptr<Listener> listener;
};

}  // namespace ag::server::http::testing
