// The life of a reactor thread.
#include "server/worker.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "base/assert.h"
#include "base/log.h"

namespace streamline::server {

void Worker::start() {
  sigset_t every{};
  sigset_t before{};
  sigfillset(&every);
  SL_ASSERT(::pthread_sigmask(SIG_SETMASK, &every, &before) == 0);
  thread_ = std::thread([this] { run(); });
  SL_ASSERT(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

void Worker::run() {
  ::pthread_setname_np(::pthread_self(), "reactor");
  parts_.dispatcher.attach(*reactor_, parts_.index);
  net::CloseObserver* observer = this;  // the base is private, so only here it converts
  connections_.emplace(*reactor_, parts_.dispatcher.frame_handler(parts_.index), parts_.limits, observer);
  reactor_->add_hook(net::TurnPhase::work, *this);
  reactor_->add_hook(net::TurnPhase::retire, *this);
  parts_.observer.on_attached();
  reactor_->run();
  connections_.reset();
  reactor_->remove_hook(*this);
  parts_.dispatcher.detach(*reactor_, parts_.index);
}

void Worker::on_turn_end(net::TurnPhase phase) {
  if (phase == net::TurnPhase::work) return parts_.dispatcher.end_of_turn(parts_.index);
  if (draining_ && connections_->size() == 0) {
    draining_ = false;
    parts_.observer.on_drained();
  }
}

void Worker::on_connection_gone(const net::ConnectionOrigin& origin) {
  load_.fetch_sub(1, std::memory_order_relaxed);
  parts_.quota.leave(origin.peer);
  parts_.observer.on_connection_left();
}

void Worker::hand_over(net::Descriptor socket, const net::ConnectionOrigin& origin) {
  load_.fetch_add(1, std::memory_order_relaxed);
  auto adopt = [this, socket = std::move(socket), origin]() mutable {
    const Status adopted = connections_->adopt(std::move(socket), origin);
    if (adopted) return;
    log::error("server", "dropped connection peer={} error=\"{}\"", origin.peer.to_string(), adopted.error().text);
    on_connection_gone(origin);
  };
  // A loop of one thread needs no detour; this also keeps the accepting turn the serving turn.
  if (reactor_->in_loop_thread()) return adopt();
  reactor_->post(std::move(adopt));
}

void Worker::drain() {
  reactor_->post([this] {
    draining_ = true;
    parts_.dispatcher.drain(parts_.index);
    connections_->drain();
  });
}

void Worker::stop() {
  reactor_->post([this] {
    connections_->close_all("the server stops");
    reactor_->stop();
  });
}

}  // namespace streamline::server
