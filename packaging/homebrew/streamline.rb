# Formula for Homebrew on Linux: the broker uses epoll, so there is none for macOS yet.
# brew install --HEAD --formula ./packaging/homebrew/streamline.rb, with STREAMLINE_SOURCE naming a repository.
class Streamline < Formula
  desc "Log broker for Kafka clients, in one small program"
  license "Apache-2.0"
  head ENV.fetch("STREAMLINE_SOURCE", Dir.pwd), using: :git, branch: "main"

  depends_on "catch2" => :build
  depends_on "cli11" => :build
  depends_on "cmake" => :build
  depends_on "fmt" => :build
  depends_on "ninja" => :build
  depends_on "nlohmann-json" => :build
  depends_on "python@3.12" => :build
  depends_on "tomlplusplus" => :build
  depends_on :linux
  depends_on "lz4"
  depends_on "libedit"
  depends_on "re2"
  depends_on "snappy"
  depends_on "zlib"
  depends_on "zstd"

  def install
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DSTREAMLINE_TESTS=OFF", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build", "--component", "programs"
    (etc/"streamline").install "config/streamline.toml"
  end

  service do
    run [opt_bin/"streamline", "--config", etc/"streamline/streamline.toml", "--data-dir", var/"streamline"]
    keep_alive crashed: true
    log_path var/"log/streamline.log"
    error_log_path var/"log/streamline.log"
  end

  test do
    port = free_port
    pid = spawn bin/"streamline", "--in-memory", "--listen", "127.0.0.1:#{port}"
    system bin/"streamline", "health", "--wait", "30s", "127.0.0.1:#{port}"
    pipe_output("#{bin}/streamline-cli -b 127.0.0.1:#{port} produce greetings", "hello\n", 0)
    assert_match "hello", shell_output("#{bin}/streamline-cli -b 127.0.0.1:#{port} consume greetings --until end")
  ensure
    Process.kill "TERM", pid
    Process.wait pid
  end
end
