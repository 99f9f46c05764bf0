import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { shuffleNews } from './news-shuffler.ts';

const news = (text: string) => `*3\r\n$7\r\nmessage\r\n$12\r\nopenward:bus\r\n$${text.length}\r\n${text}\r\n`;

describe('the shuffler of news', () => {
  it('brings every message whole, some of them twice and in another order, wherever the stream is cut', async () => {
    const said = Array.from({ length: 30 }, (_, index) => `event ${index}`);
    const stream = Buffer.from(said.map(news).join(''));
    const heard: string[] = [];
    const shuffle = shuffleNews(createRandom('seed'));
    for (let start = 0; start < stream.length; start += 7) {
      shuffle(stream.subarray(start, start + 7), (piece) => heard.push(piece.toString()));
    }
    await sleep(450);
    expect(new Set(heard)).toEqual(new Set(said.map(news)));
    expect(heard.length).toBeGreaterThan(said.length);
    expect([...new Set(heard)]).not.toEqual(said.map(news));
  });

  it('leaves the answers to commands where they are', () => {
    const answers = ['+OK\r\n', ':1\r\n', '$-1\r\n', '*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n', '$4\r\nPONG\r\n'];
    const heard: string[] = [];
    const shuffle = shuffleNews(createRandom('seed'));
    for (const answer of answers) shuffle(Buffer.from(answer), (piece) => heard.push(piece.toString()));
    expect(heard).toEqual(answers);
  });
});
