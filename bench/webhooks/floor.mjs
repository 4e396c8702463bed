import express from 'express';
import pg from 'pg';

/*
 * The least that keeps a request before it answers: Express as it comes, and one insert into the PostgreSQL of the Kiln that is measured. Reads
 * the address of its database from standard input, and says on standard output where it listens.
 */
let url = '';
for await (const part of process.stdin) {
  url += part;
  if (url.includes('\n')) break;
}
const pool = new pg.Pool({ connectionString: url.trim(), max: 10 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS deliveries (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), body bytea NOT NULL)',
);
const app = express();
app.use(express.raw({ type: () => true, limit: '25mb' }));
app.post('/', async (request, response) => {
  await pool.query({
    name: 'keep',
    text: 'INSERT INTO deliveries (body) VALUES ($1)',
    values: [request.body],
  });
  response.status(202).json({});
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
