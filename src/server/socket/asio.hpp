#pragma once
// Every source file that includes Asio or Beast does so through this header: all of them must agree on separate
// compilation (asio_src.cpp holds the one copy of both libraries), or the program breaks the one-definition rule.
#define BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_BEAST_SEPARATE_COMPILATION
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <chrono>

#include "base/time.hpp"

/// The vocabulary of the socket layer. One thread runs the io_context, so nothing here needs a strand, and every type
/// names the executor itself instead of the type-erased one.
namespace ag::server::http {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using ErrorCode = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Stream = boost::beast::basic_stream<Tcp, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

template <class T>
using Task = asio::awaitable<T, Executor>;

/// The completion token of every operation: an I/O error is a value, never an exception.
inline constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable_t<Executor>());

/// Clamped to a year: `now + Duration::max()` would overflow.
[[nodiscard]] inline SteadyClock::duration to_chrono(Duration length) {
  return std::chrono::nanoseconds(std::min(length, Duration::hours(24 * 365)).count_nanoseconds());
}

}  // namespace ag::server::http
