"""Fewer or rounder points on borders, so that they still meet at their ends only."""
