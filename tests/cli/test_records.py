"""produce and consume: what goes in comes out."""

import json
import os
import signal
import subprocess
import tempfile

from command import CliTest, program, run


class Produce(CliTest):
    def test_each_line_is_a_record_and_a_last_one_needs_no_end(self):
        topic = self.topic()
        self.assertEqual(self.ok("produce", topic, stdin="one\n\ntwo\r\nthree").out, b"")
        self.assertEqual(self.ok("consume", topic).out, b"one\n\ntwo\r\nthree\n")

    def test_no_line_is_no_record(self):
        topic = self.topic()
        self.assertEqual(self.ok("produce", topic, "-o", "json").json, {"topic": topic, "records": 0, "partitions": []})

    def test_every_codec_goes_through(self):
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            with self.subTest(codec):
                topic = self.topic()
                lines = [f"{codec} {number} " + "x" * 100 for number in range(5000)]
                self.ok("produce", topic, "-z", codec, stdin="\n".join(lines))
                self.assertEqual(self.values(topic), lines)

    def test_keys_headers_and_partition(self):
        topic = self.topic(3)
        self.ok("produce", topic, "-k", "key", "-H", "a=1", "-H", "a=2", "-H", "empty=", "-p", 2, stdin="value\n")
        record = self.ok("consume", topic, "-o", "json").json
        self.assertGreater(record.pop("timestamp"), 1_600_000_000_000)
        headers = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}, {"key": "empty", "value": ""}]
        expected = {"topic": topic, "partition": 2, "offset": 0, "headers": headers, "key": "key", "value": "value"}
        self.assertEqual(record, expected)

    def test_a_delimiter_splits_key_and_value_at_its_first_place(self):
        topic = self.topic()
        self.ok("produce", topic, "--key-delimiter", "\\t", stdin="k1\tv1\nk2\tv2\tmore\n\tv3\n")
        self.assertEqual(self.ok("consume", topic, "--format", "[%k|%v]").text, "[k1|v1][k2|v2\tmore][|v3]")

    def test_a_line_without_the_delimiter_is_named_and_what_stood_before_is_written(self):
        topic = self.topic()
        self.refused(1, "line 2 does not hold the key delimiter ':'; 1 records were written", "produce", topic, "--key-delimiter", ":", stdin="a:1\nb\nc:3\n")
        self.assertEqual(self.values(topic), ["1"])

    def test_keys_go_where_java_puts_them(self):
        topic = self.topic(7)
        self.ok("produce", topic, "--key-delimiter", ":", stdin="21:x\nfoobar:x\nabc:x\n")
        got = dict(line.split() for line in self.values(topic, "--format", "%k %p\\n"))
        hashes = {"21": -973932308, "foobar": -790332482, "abc": 479470107}
        self.assertEqual(got, {key: str((value & 0x7FFFFFFF) % 7) for key, value in hashes.items()})

    def test_the_summary_tells_partitions_and_offsets(self):
        topic = self.topic(2)
        self.ok("produce", topic, "-p", 1, stdin="a\nb\n")
        summary = self.ok("produce", topic, "-p", 1, "-o", "json", stdin="c\nd\ne\n").json
        partition = {"partition": 1, "records": 3, "first_offset": 2, "last_offset": 4}
        self.assertEqual(summary, {"topic": topic, "records": 3, "partitions": [partition]})
        table = self.ok("produce", topic, "-p", 0, "-o", "table", stdin="a\n").lines
        self.assertEqual([line.split() for line in table], [["PARTITION", "RECORDS", "FIRST-OFFSET", "LAST-OFFSET"], ["0", "1", "0", "0"]])

    def test_acks_of_every_kind(self):
        topic = self.topic()
        for acks in ("0", "1", "all", "-1"):
            self.ok("produce", topic, "--acks", acks, stdin=f"{acks}\n")
        # Without an ack nobody tells when it is there: the others came later over their own connections.
        self.assertEqual(sorted(self.values(topic, "-f", "-n", 4)), ["-1", "0", "1", "all"])

    def test_a_file_is_read(self):
        topic = self.topic()
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"from\na file\n")
            file.flush()
            self.ok("produce", topic, "--file", file.name)
        self.assertEqual(self.values(topic), ["from", "a file"])
        self.refused(1, "open /no/such/file: No such file or directory", "produce", topic, "--file", "/no/such/file")

    def test_a_record_beyond_the_limit_is_refused_with_the_brokers_words(self):
        topic = self.topic(1, "-c", "max.message.bytes=1000")
        self.refused(1, "MESSAGE_TOO_LARGE", "produce", topic, stdin="x" * 2000)

    def test_a_partition_or_name_that_cannot_be(self):
        topic = self.topic(2)
        self.refused(3, f"topic '{topic}' has 2 partitions and no partition 2", "produce", topic, "-p", 2, stdin="x\n")
        self.refused(1, "INVALID_TOPIC_EXCEPTION", "produce", "bad/name", stdin="x\n")

    def test_records_of_a_slow_pipe_arrive_before_it_ends(self):
        topic = self.topic()
        producer = subprocess.Popen([program(), "produce", topic], stdin=subprocess.PIPE)
        try:
            producer.stdin.write(b"early\n")
            producer.stdin.flush()
            self.assertEqual(self.values(topic, "-f", "-n", 1), ["early"])
        finally:
            producer.stdin.close()
            self.assertEqual(producer.wait(60), 0)


class Consume(CliTest):
    def numbers(self, count, *words):
        topic = self.topic()
        self.ok("produce", topic, *words, stdin="".join(f"{number}\n" for number in range(count)))
        return topic

    def test_places_to_start_and_stop_are_exact_inside_compressed_batches(self):
        topic = self.numbers(100, "-z", "gzip")
        everything = [str(number) for number in range(100)]
        for words, expected in (
            ((), everything),
            (("--from", "beginning"), everything),
            (("--from", "end"), []),
            (("--from", 42), everything[42:]),
            (("--from", -3), everything[97:]),
            (("--from", -1000), everything),
            (("--until", 10), everything[:10]),
            (("--from", 42, "--until", 45), everything[42:45]),
            (("--from", 50, "--until", 20), []),
            (("--until", -90), everything[:10]),
            (("--from", 42, "-n", 2), everything[42:44]),
            (("-f", "--until", "end"), everything),
        ):
            with self.subTest(words):
                self.assertEqual(self.values(topic, *words), expected)

    def test_times(self):
        topic = self.topic()
        self.ok("produce", topic, stdin="old\n")
        stamp = self.ok("consume", topic, "-o", "json").json["timestamp"]
        self.assertEqual(self.values(topic, "--from", f"@{stamp}"), ["old"])
        self.assertEqual(self.values(topic, "--from", f"@{stamp + 1}"), [])
        self.assertEqual(self.values(topic, "--from", "@-1h"), ["old"])
        self.assertEqual(self.values(topic, "--from", "@2020-01-01T00:00:00Z"), ["old"])
        self.assertEqual(self.values(topic, "--until", "@-1h"), [])
        self.assertEqual(self.values(topic, "--until", f"@{stamp + 1}"), ["old"])

    def test_an_offset_outside_of_the_log_is_named(self):
        topic = self.numbers(3)
        self.refused(1, f"offset 4 of partition 0 of topic '{topic}' is outside of 0 to 3", "consume", topic, "--from", 4)

    def test_unknown_topics_and_partitions(self):
        topic = self.topic()
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "consume", topic + "-not")
        self.refused(3, "no partition 7", "consume", topic, "-p", 7)

    def test_chosen_partitions(self):
        topic = self.topic(3)
        for partition in range(3):
            self.ok("produce", topic, "-p", partition, stdin=f"in {partition}\n")
        self.assertEqual(sorted(self.values(topic)), ["in 0", "in 1", "in 2"])
        self.assertEqual(sorted(self.values(topic, "-p", "0,2")), ["in 0", "in 2"])
        self.assertEqual(self.values(topic, "-p", 1), ["in 1"])

    def test_a_timeout_is_exit_6_and_keeps_what_came(self):
        topic = self.numbers(2)
        done = run("consume", topic, "-f", "--timeout", "300ms")
        self.assertEqual((done.code, done.lines), (6, ["0", "1"]))
        self.assertIn("timed out after 300 ms with 2 records", done.err)

    def test_following_sees_new_records_and_control_c_is_130(self):
        topic = self.topic()
        consumer = subprocess.Popen([program(), "consume", topic, "-f"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.ok("produce", topic, stdin="new\n")
            self.assertEqual(consumer.stdout.readline(), b"new\n")
            consumer.send_signal(signal.SIGINT)
            self.assertEqual(consumer.wait(60), 130)
        finally:
            consumer.kill()
            consumer.wait(60)
            consumer.stdout.close()
            consumer.stderr.close()

    def test_a_reader_that_goes_away_ends_it_silently(self):
        topic = self.numbers(50_000)
        consumer = subprocess.Popen([program(), "consume", topic], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(consumer.stdout.readline(), b"0\n")
        consumer.stdout.close()
        self.assertEqual(consumer.stderr.read(), b"")
        consumer.stderr.close()
        self.assertIn(consumer.wait(60), (0, -signal.SIGPIPE))

    def test_formats(self):
        topic = self.topic()
        self.ok("produce", topic, "-k", "k", "-H", "a=1", "-H", "b=2", stdin="v\n")
        stamp = self.ok("consume", topic, "-o", "json").json["timestamp"]
        form = "%t %T %p %o %d %k{hex} %K %v{base64} %V %H%h{ %k=%v} %i %% %{%}\\t.\\n"
        self.assertEqual(self.ok("consume", topic, "--format", form).text, f"{topic} {len(topic)} 0 0 {stamp} 6b 1 dg== 1 2 a=1 b=2 1 % {{}}\t.\n")

    def test_bytes_that_are_no_text_are_marked_in_json(self):
        topic = self.topic()
        self.ok("produce", topic, stdin=b"\xff\x00\n")
        self.assertEqual(self.ok("consume", topic, "-o", "json").json["value"], {"base64": "/wA="})
        self.assertEqual(self.ok("consume", topic).out, b"\xff\x00\n")
        self.assertIsNone(self.ok("consume", topic, "-o", "json").json["key"])

    def test_a_log_of_many_batches_comes_back_whole(self):
        topic = self.topic()
        lines = b"".join(b"%d %s\n" % (number, b"x" * 50) for number in range(200_000))
        self.ok("produce", topic, stdin=lines)
        self.assertTrue(self.ok("consume", topic).out == lines)

    def test_json_is_one_line_a_record(self):
        topic = self.numbers(3)
        self.assertEqual([json.loads(line)["offset"] for line in self.ok("consume", topic, "-o", "json").lines], [0, 1, 2])

    def test_a_table_has_a_header(self):
        topic = self.numbers(1)
        lines = self.ok("consume", topic, "-o", "table").lines
        self.assertEqual(lines[0].split(), ["PARTITION", "OFFSET", "TIMESTAMP", "KEY", "VALUE"])
        self.assertEqual(lines[1].split()[:2], ["0", "0"])
        self.refused(2, "--format and -o", "consume", topic, "-o", "json", "--format", "%v")

    def test_the_bootstrap_option_wins_over_the_environment(self):
        topic = self.numbers(1)
        address = os.environ["STREAMLINE_BOOTSTRAP"]
        self.assertEqual(self.ok("consume", topic, "-b", address, env={"STREAMLINE_BOOTSTRAP": "127.0.0.1:1"}).lines, ["0"])
