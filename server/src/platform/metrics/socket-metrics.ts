import { Histogram, type Registry } from 'prom-client';
import { Tally } from './tally.ts';

/** What the chat's hot paths count. Each costs a few dozen nanoseconds. */
export type SocketMetrics = {
  frames: {
    /** By type, or `invalid`, or `refused` for one too many. */
    received(type: string): void;
    sent(type: string): void;
  };
  messages: {
    /** From a `send` frame's turn to its `ack`. */
    acked(seconds: number): void;
    /** From the commit on one node to the first socket of another that it was written to. */
    delivered(seconds: number): void;
    /** A group was written in one transaction. */
    written(messages: number, seconds: number): void;
  };
};

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createSocketMetrics(registry: Registry): SocketMetrics {
  const registers = [registry];
  const received = new Tally(registry, {
    name: 'openward_chat_frames_received_total',
    help: 'Frames of clients by type; invalid: not one of the contract; refused: one too many.',
    label: 'type',
  });
  const sent = new Tally(registry, {
    name: 'openward_chat_frames_sent_total',
    help: 'Frames to clients by type, one for each socket that got it.',
    label: 'type',
  });
  const acks = new Histogram({
    name: 'openward_chat_ack_seconds',
    help: 'From the turn of a send frame to its ack: the message is committed then.',
    buckets: latencyBuckets,
    registers,
  });
  const deliveries = new Histogram({
    name: 'openward_chat_fanout_seconds',
    help: 'From the event of a commit to the first socket on a node that heard of it, by the clocks of both nodes.',
    buckets: latencyBuckets,
    registers,
  });
  const groups = new Histogram({
    name: 'openward_chat_group_messages',
    help: 'Messages that were written in one transaction.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const writes = new Histogram({
    name: 'openward_chat_write_seconds',
    help: 'Time to write one group of messages, with its commit.',
    buckets: latencyBuckets,
    registers,
  });
  return {
    frames: { received: (type) => received.add(type), sent: (type) => sent.add(type) },
    messages: {
      acked: (seconds) => acks.observe(seconds),
      delivered: (seconds) => deliveries.observe(Math.max(0, seconds)),
      written: (messages, seconds) => {
        groups.observe(messages);
        writes.observe(seconds);
      },
    },
  };
}
