# SPDX-License-Identifier: MIT
# java: javac, then collections in 8 threads under two collectors
# needs: javac java
# quick: yes

cat >Work.java <<'END'
import java.nio.ByteBuffer;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

public class Work {
	static long churn(int seed) {
		Map<String, List<Integer>> map = new HashMap<>();
		for (int i = 0; i < 60000; i++)
			map.computeIfAbsent("key" + (long) i * seed % 4099,
				k -> new ArrayList<>()).add(i);
		CRC32 crc = new CRC32();
		for (String key : new TreeMap<>(map).keySet())
			crc.update((key + map.get(key)).getBytes());
		return crc.getValue();
	}

	static int pack(int seed) throws DataFormatException {
		byte[] data = new byte[300000];
		new Random(seed).nextBytes(data);
		Arrays.fill(data, 1000, 200000, (byte) seed);
		Deflater deflater = new Deflater();
		deflater.setInput(data);
		deflater.finish();
		byte[] packed = new byte[400000];
		int length = deflater.deflate(packed);
		deflater.end();
		Inflater inflater = new Inflater();
		inflater.setInput(packed, 0, length);
		byte[] back = new byte[300000];
		int n = inflater.inflate(back);
		inflater.end();
		return Arrays.equals(data, back) ? n : -1;
	}

	public static void main(String[] args) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(8);
		List<Future<Long>> futures = new ArrayList<>();
		for (int i = 1; i <= 16; i++) {
			final int n = i;
			futures.add(pool.submit(() -> churn(n) + pack(n)));
		}
		for (Future<Long> future : futures)
			System.out.println(future.get());
		pool.shutdown();
		List<ByteBuffer> direct = new ArrayList<>();
		for (int i = 0; i < 500; i++)
			direct.add(ByteBuffer.allocateDirect(i * 97));
		System.out.println(direct.stream()
			.mapToInt(ByteBuffer::capacity).sum());
		System.out.println(IntStream.range(0, 100000).parallel()
			.mapToObj(Integer::toString)
			.collect(Collectors.joining()).hashCode());
	}
}
END
# Without performance data, which would go to /tmp.
javac -J-XX:-UsePerfData -d out Work.java
java -XX:-UsePerfData -XX:+UseSerialGC -Xmx128m -cp out Work
java -XX:-UsePerfData -XX:+UseG1GC -Xmx256m -cp out Work | md5sum
